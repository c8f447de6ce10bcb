// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {INodeRegistry} from "../../../src/interfaces/INodeRegistry.sol";
import {NodeState, NodeStatus} from "../../../src/types/Node.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract CancelUnbondTest is NetworkTest {
    function test_putsAllBack() public {
        register(OWNER, NODE_KEY, MIN_STAKE);
        unbond(NODE_KEY, MIN_STAKE);
        vm.expectEmit(address(registry));
        emit INodeRegistry.UnbondCancelled(OWNER, NODE_KEY, MIN_STAKE);
        vm.expectEmit(address(registry));
        emit INodeRegistry.NodeRegistered(OWNER, NODE_KEY, MIN_STAKE);
        vm.prank(OWNER);
        registry.cancelUnbond(NODE_KEY);
        NodeState memory state = stateOf(NODE_KEY);
        vm.assertEq(state.stake, MIN_STAKE);
        vm.assertEq(state.unbonding, 0);
        vm.assertEq(uint256(state.withdrawableAt), 0);
        vm.assertTrue(state.status == NodeStatus.Registered, "as before");
        assertRegistrySolvent();
    }

    function test_refusesWithoutUnbonding() public {
        register(OWNER, NODE_KEY, MIN_STAKE);
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NothingUnbonding.selector, OWNER, NODE_KEY));
        registry.cancelUnbond(NODE_KEY);
    }
}
