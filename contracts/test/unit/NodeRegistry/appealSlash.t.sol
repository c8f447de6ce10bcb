// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {INodeRegistry} from "../../../src/interfaces/INodeRegistry.sol";
import {Slash, SlashState} from "../../../src/types/Slash.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract AppealSlashTest is NetworkTest {
    function setUp() public override {
        super.setUp();
        register(OWNER, NODE_KEY, MIN_STAKE);
        propose(NODE_KEY, 100e18);
    }

    function test_stopsTheExecution() public {
        vm.expectEmit(address(registry));
        emit INodeRegistry.SlashAppealed(1, "statement");
        appeal(1);
        Slash memory slash = registry.slashOf(1);
        vm.assertTrue(slash.state == SlashState.Appealed, "appealed");
        vm.assertEq(uint256(slash.decideBy), START + APPEAL_PERIOD);
        vm.warp(START + SLASH_DELAY);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.SlashNotOpen.selector, 1));
        registry.executeSlash(1);
        vm.assertEq(stateOf(NODE_KEY).slashLocked, 100e18);
    }

    function test_evenLateAsLongAsItIsNotExecuted() public {
        vm.warp(START + 30 days);
        appeal(1);
    }

    function test_once() public {
        appeal(1);
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.SlashNotOpen.selector, 1));
        registry.appealSlash(1, "again");
        vm.prank(ARBITER);
        registry.resolveAppeal(1, false);
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.SlashNotOpen.selector, 1));
        registry.appealSlash(1, "again");
    }

    function test_refusesTheExecutedAndTheUnknown() public {
        vm.warp(START + SLASH_DELAY);
        registry.executeSlash(1);
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.SlashNotOpen.selector, 1));
        registry.appealSlash(1, "statement");
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.SlashNotOpen.selector, 2));
        registry.appealSlash(2, "statement");
    }

    function test_isTheOwnersAlone() public {
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NotNodeOwner.selector, 1, STRANGER));
        registry.appealSlash(1, "statement");
    }
}
