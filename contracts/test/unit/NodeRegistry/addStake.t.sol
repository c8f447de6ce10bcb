// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {INodeRegistry} from "../../../src/interfaces/INodeRegistry.sol";
import {NodeStatus} from "../../../src/types/Node.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract AddStakeTest is NetworkTest {
    function add(uint256 amount) private {
        give(OWNER, amount, address(registry));
        vm.prank(OWNER);
        registry.addStake(NODE_KEY, amount);
    }

    function testFuzz_addsAnyAmount(uint256 amount) public {
        amount = bound(amount, 1, 1e24);
        register(OWNER, NODE_KEY, MIN_STAKE);
        give(OWNER, amount, address(registry));
        vm.expectEmit(address(registry));
        emit INodeRegistry.StakeAdded(OWNER, NODE_KEY, amount, MIN_STAKE + amount);
        vm.prank(OWNER);
        registry.addStake(NODE_KEY, amount);
        vm.assertEq(stateOf(NODE_KEY).stake, MIN_STAKE + amount);
        assertRegistrySolvent();
    }

    function test_anEarningNodeRegistersAtTheMinimum() public {
        credit(NODE_KEY, 300e18);
        add(699e18);
        vm.assertTrue(stateOf(NODE_KEY).status == NodeStatus.EarningIn, "not yet");
        give(OWNER, 1e18, address(registry));
        vm.expectEmit(address(registry));
        emit INodeRegistry.NodeRegistered(OWNER, NODE_KEY, MIN_STAKE);
        vm.prank(OWNER);
        registry.addStake(NODE_KEY, 1e18);
        vm.assertTrue(stateOf(NODE_KEY).status == NodeStatus.Registered, "registered");
    }

    function test_refusesZeroAndTheUnknown() public {
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeUnknown.selector, OWNER, NODE_KEY));
        registry.addStake(NODE_KEY, 1e18);
        register(OWNER, NODE_KEY, MIN_STAKE);
        vm.prank(OWNER);
        vm.expectRevert(INodeRegistry.AmountZero.selector);
        registry.addStake(NODE_KEY, 0);
    }
}
