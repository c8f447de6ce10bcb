// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {INodeRegistry} from "../../../src/interfaces/INodeRegistry.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract UpdateNodeRatingTest is NetworkTest {
    function rate(uint16 rating) private {
        vm.prank(ORACLE);
        registry.updateNodeRating(OWNER, NODE_KEY, rating);
    }

    function testFuzz_oncePerHour(uint16 rating) public {
        rating = uint16(bound(rating, 0, 10_000));
        register(OWNER, NODE_KEY, MIN_STAKE);
        vm.expectEmit(address(registry));
        emit INodeRegistry.NodeRatingUpdated(OWNER, NODE_KEY, rating);
        rate(rating);
        vm.assertEq(uint256(stateOf(NODE_KEY).rating), rating);
        uint256 nextHour = (START / 1 hours + 1) * 1 hours;
        vm.warp(nextHour - 1);
        vm.prank(ORACLE);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.RatingTooSoon.selector, START));
        registry.updateNodeRating(OWNER, NODE_KEY, 1);
        vm.warp(nextHour);
        rate(1);
        vm.assertEq(uint256(stateOf(NODE_KEY).rating), 1);
    }

    function test_aNodeThatEarnsInIsRatedToo() public {
        credit(NODE_KEY, 1);
        rate(7_000);
        vm.assertEq(uint256(stateOf(NODE_KEY).rating), 7_000);
    }

    function test_refusesMoreThanAHundredAndTheUnknown() public {
        vm.prank(ORACLE);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.RatingOutOfRange.selector, 10_001));
        registry.updateNodeRating(OWNER, NODE_KEY, 10_001);
        vm.prank(ORACLE);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeUnknown.selector, OWNER, NODE_KEY));
        registry.updateNodeRating(OWNER, NODE_KEY, 1);
    }

    function test_isTheOraclesAlone() public {
        bytes32 role = registry.ORACLE_ROLE();
        vm.prank(OWNER);
        vm.expectRevert(missingRole(OWNER, role));
        registry.updateNodeRating(OWNER, NODE_KEY, 1);
    }
}
