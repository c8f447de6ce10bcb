// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {INodeRegistry} from "../../../src/interfaces/INodeRegistry.sol";
import {NodeStatus} from "../../../src/types/Node.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract CreditHeldTest is NetworkTest {
    function test_anEarningNodeRegistersByItself() public {
        credit(NODE_KEY, MIN_STAKE - 1);
        vm.assertTrue(stateOf(NODE_KEY).status == NodeStatus.EarningIn, "earning in");
        vm.expectEmit(address(registry));
        emit INodeRegistry.Held(OWNER, NODE_KEY, 1, MIN_STAKE);
        vm.expectEmit(address(registry));
        emit INodeRegistry.NodeRegistered(OWNER, NODE_KEY, MIN_STAKE);
        vm.prank(address(escrow));
        registry.creditHeld(OWNER, NODE_KEY, 1);
        vm.assertTrue(stateOf(NODE_KEY).status == NodeStatus.Registered, "registered");
    }

    /// @dev A node that has asked all back, or was slashed to nothing, may still have earned.
    function test_raisesWhateverIsThere() public {
        register(OWNER, NODE_KEY, MIN_STAKE);
        unbond(NODE_KEY, MIN_STAKE);
        credit(NODE_KEY, 1);
        vm.assertEq(stateOf(NODE_KEY).stake, 1);
        vm.assertEq(stateOf(NODE_KEY).unbonding, MIN_STAKE);
        assertRegistrySolvent();
    }

    /// @dev An epoch must not fail because of a node: any owner, node and amount that money exists for.
    function testFuzz_neverReverts(address owner, bytes32 node, uint128 amount, uint128 more) public {
        vm.prank(address(escrow));
        registry.creditHeld(owner, node, amount);
        vm.prank(address(escrow));
        registry.creditHeld(owner, node, more);
        vm.assertEq(registry.nodeOf(owner, node).stake, uint256(amount) + more);
    }

    function testFuzz_isTheEscrowsAlone(address caller) public {
        vm.assume(caller != address(escrow));
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NotPayment.selector, caller));
        registry.creditHeld(OWNER, NODE_KEY, 1);
    }
}
