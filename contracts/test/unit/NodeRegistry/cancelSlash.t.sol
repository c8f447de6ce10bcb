// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {INodeRegistry} from "../../../src/interfaces/INodeRegistry.sol";
import {SlashState} from "../../../src/types/Slash.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract CancelSlashTest is NetworkTest {
    function setUp() public override {
        super.setUp();
        register(OWNER, NODE_KEY, MIN_STAKE);
        propose(NODE_KEY, 100e18);
    }

    function cancelled() private {
        vm.expectEmit(address(registry));
        emit INodeRegistry.SlashCancelled(1);
        vm.prank(SLASHER);
        registry.cancelSlash(1);
        vm.assertTrue(registry.slashOf(1).state == SlashState.Cancelled, "cancelled");
        vm.assertEq(stateOf(NODE_KEY).slashLocked, 0);
    }

    function test_aProposedOne() public {
        cancelled();
    }

    function test_anAppealedOne() public {
        appeal(1);
        cancelled();
    }

    function test_aRejectedOne() public {
        appeal(1);
        vm.prank(ARBITER);
        registry.resolveAppeal(1, false);
        cancelled();
    }

    /// @dev Stake must not be locked for ever because the arbiter does nothing.
    function test_anyoneOnceTheAppealLapsed() public {
        appeal(1);
        bytes32 role = registry.SLASHER_ROLE();
        vm.warp(START + APPEAL_PERIOD);
        vm.prank(STRANGER);
        vm.expectRevert(missingRole(STRANGER, role));
        registry.cancelSlash(1);
        vm.warp(START + APPEAL_PERIOD + 1);
        vm.prank(STRANGER);
        registry.cancelSlash(1);
        vm.assertEq(stateOf(NODE_KEY).slashLocked, 0);
        unbond(NODE_KEY, MIN_STAKE);
    }

    function test_refusesStrangersBefore() public {
        bytes32 role = registry.SLASHER_ROLE();
        vm.prank(OWNER);
        vm.expectRevert(missingRole(OWNER, role));
        registry.cancelSlash(1);
    }

    function test_refusesTheClosedAndTheUnknown() public {
        cancelled();
        vm.prank(SLASHER);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.SlashNotOpen.selector, 1));
        registry.cancelSlash(1);
        vm.prank(SLASHER);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.SlashNotOpen.selector, 2));
        registry.cancelSlash(2);
    }
}
