// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {INodeRegistry} from "../../../src/interfaces/INodeRegistry.sol";
import {SlashState} from "../../../src/types/Slash.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract ResolveAppealTest is NetworkTest {
    function setUp() public override {
        super.setUp();
        register(OWNER, NODE_KEY, MIN_STAKE);
        propose(NODE_KEY, 100e18);
    }

    function resolve(bool upheld) private {
        vm.prank(ARBITER);
        registry.resolveAppeal(1, upheld);
    }

    function test_upheldTheSlashFalls() public {
        appeal(1);
        vm.expectEmit(address(registry));
        emit INodeRegistry.AppealResolved(1, true);
        resolve(true);
        vm.assertTrue(registry.slashOf(1).state == SlashState.Cancelled, "fallen");
        vm.assertEq(stateOf(NODE_KEY).slashLocked, 0);
        vm.warp(START + 30 days);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.SlashNotOpen.selector, 1));
        registry.executeSlash(1);
    }

    function test_rejectedItIsExecutedAfterItsDelay() public {
        appeal(1);
        vm.expectEmit(address(registry));
        emit INodeRegistry.AppealResolved(1, false);
        resolve(false);
        vm.expectRevert(
            abi.encodeWithSelector(INodeRegistry.SlashNotExecutable.selector, 1, uint64(START) + SLASH_DELAY)
        );
        registry.executeSlash(1);
        vm.warp(START + SLASH_DELAY);
        vm.assertEq(registry.executeSlash(1), 100e18);
        assertRegistrySolvent();
    }

    function test_refusesOnceItsTimeIsOver() public {
        appeal(1);
        vm.warp(START + APPEAL_PERIOD + 1);
        vm.prank(ARBITER);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.AppealLapsed.selector, 1, uint64(START) + APPEAL_PERIOD));
        registry.resolveAppeal(1, false);
        vm.warp(START + APPEAL_PERIOD);
        resolve(false);
    }

    function test_refusesWhatIsNotAppealed() public {
        vm.prank(ARBITER);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.SlashNotOpen.selector, 1));
        registry.resolveAppeal(1, false);
    }

    function test_isTheArbitersAlone() public {
        appeal(1);
        bytes32 role = registry.ARBITER_ROLE();
        vm.prank(SLASHER);
        vm.expectRevert(missingRole(SLASHER, role));
        registry.resolveAppeal(1, false);
    }
}
