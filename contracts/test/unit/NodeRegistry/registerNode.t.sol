// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {INodeRegistry} from "../../../src/interfaces/INodeRegistry.sol";
import {NodeState, NodeStatus} from "../../../src/types/Node.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract RegisterNodeTest is NetworkTest {
    function testFuzz_registersFromTheMinimumOn(uint256 amount) public {
        amount = bound(amount, MIN_STAKE, 1e6 * 1e18);
        give(OWNER, amount, address(registry));
        vm.expectEmit(address(registry));
        emit INodeRegistry.StakeAdded(OWNER, NODE_KEY, amount, amount);
        vm.expectEmit(address(registry));
        emit INodeRegistry.NodeRegistered(OWNER, NODE_KEY, amount);
        vm.prank(OWNER);
        registry.registerNode(NODE_KEY, amount);
        NodeState memory state = stateOf(NODE_KEY);
        vm.assertEq(state.stake, amount);
        vm.assertTrue(state.status == NodeStatus.Registered, "registered");
        vm.assertEq(uint256(state.rating), 8_000);
        vm.assertEq(registry.freeStake(OWNER, NODE_KEY), amount);
        assertRegistrySolvent();
    }

    function testFuzz_refusesLess(uint256 amount) public {
        amount = bound(amount, 0, MIN_STAKE - 1);
        give(OWNER, MIN_STAKE, address(registry));
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.StakeBelowMinimum.selector, amount, MIN_STAKE));
        registry.registerNode(NODE_KEY, amount);
    }

    /// @dev What was earned in counts.
    function test_addsToWhatWasHeld() public {
        credit(NODE_KEY, 300e18);
        vm.assertTrue(stateOf(NODE_KEY).status == NodeStatus.EarningIn, "earning in");
        register(OWNER, NODE_KEY, 700e18);
        vm.assertTrue(stateOf(NODE_KEY).status == NodeStatus.Registered, "registered");
        assertRegistrySolvent();
    }

    function test_refusesTheRegistered() public {
        register(OWNER, NODE_KEY, MIN_STAKE);
        give(OWNER, MIN_STAKE, address(registry));
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.AlreadyRegistered.selector, OWNER, NODE_KEY));
        registry.registerNode(NODE_KEY, MIN_STAKE);
    }

    /// @dev A node is the pair: nobody can take another's id away.
    function test_theSameIdOfAnotherOwnerIsAnotherNode() public {
        register(OWNER, NODE_KEY, MIN_STAKE);
        register(STRANGER, NODE_KEY, 2 * MIN_STAKE);
        vm.assertEq(stateOf(NODE_KEY).stake, MIN_STAKE);
        vm.assertEq(registry.nodeOf(STRANGER, NODE_KEY).stake, 2 * MIN_STAKE);
        assertRegistrySolvent();
    }
}
