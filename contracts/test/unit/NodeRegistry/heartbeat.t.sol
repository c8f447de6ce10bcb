// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {INodeRegistry} from "../../../src/interfaces/INodeRegistry.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract HeartbeatTest is NetworkTest {
    function test_oncePerDay() public {
        register(OWNER, NODE_KEY, MIN_STAKE);
        vm.expectEmit(address(registry));
        emit INodeRegistry.HeartbeatRecorded(OWNER, NODE_KEY, uint64(START));
        vm.prank(OWNER);
        registry.heartbeat(NODE_KEY);
        uint256 nextDay = (START / 1 days + 1) * 1 days;
        vm.warp(nextDay - 1);
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.HeartbeatTooSoon.selector, START));
        registry.heartbeat(NODE_KEY);
        vm.warp(nextDay);
        vm.prank(OWNER);
        registry.heartbeat(NODE_KEY);
        vm.assertEq(uint256(stateOf(NODE_KEY).lastHeartbeat), nextDay);
    }

    function test_refusesTheUnknown() public {
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeUnknown.selector, OWNER, NODE_KEY));
        registry.heartbeat(NODE_KEY);
    }
}
