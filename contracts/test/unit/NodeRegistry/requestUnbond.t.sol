// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {INodeRegistry} from "../../../src/interfaces/INodeRegistry.sol";
import {NodeState, NodeStatus} from "../../../src/types/Node.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract RequestUnbondTest is NetworkTest {
    function refuses(uint256 amount, bytes memory reason) private {
        vm.prank(OWNER);
        vm.expectRevert(reason);
        registry.requestUnbond(NODE_KEY, amount);
    }

    function test_movesStakeToUnbonding() public {
        register(OWNER, NODE_KEY, 3 * MIN_STAKE);
        vm.expectEmit(address(registry));
        emit INodeRegistry.UnbondRequested(OWNER, NODE_KEY, 2 * MIN_STAKE, uint64(START) + UNBOND_DELAY);
        unbond(NODE_KEY, 2 * MIN_STAKE);
        NodeState memory state = stateOf(NODE_KEY);
        vm.assertEq(state.stake, MIN_STAKE);
        vm.assertEq(state.unbonding, 2 * MIN_STAKE);
        vm.assertEq(registry.freeStake(OWNER, NODE_KEY), MIN_STAKE);
        assertRegistrySolvent();
    }

    /// @dev All that unbonds waits a whole delay from the last request.
    function test_asksAgainForMore() public {
        register(OWNER, NODE_KEY, 3 * MIN_STAKE);
        unbond(NODE_KEY, MIN_STAKE);
        vm.warp(START + 1 days);
        unbond(NODE_KEY, 2 * MIN_STAKE);
        NodeState memory state = stateOf(NODE_KEY);
        vm.assertEq(state.unbonding, 3 * MIN_STAKE);
        vm.assertEq(uint256(state.withdrawableAt), START + 1 days + UNBOND_DELAY);
        vm.assertTrue(state.status == NodeStatus.None, "nothing staked");
    }

    function testFuzz_leavesNothingOrTheMinimum(uint256 amount) public {
        register(OWNER, NODE_KEY, 2 * MIN_STAKE);
        amount = bound(amount, MIN_STAKE + 1, 2 * MIN_STAKE - 1);
        refuses(
            amount, abi.encodeWithSelector(INodeRegistry.StakeBelowMinimum.selector, 2 * MIN_STAKE - amount, MIN_STAKE)
        );
        unbond(NODE_KEY, 2 * MIN_STAKE);
    }

    function test_aNodeThatEarnsInLeavesWithAll() public {
        credit(NODE_KEY, 5e18);
        refuses(1e18, abi.encodeWithSelector(INodeRegistry.StakeBelowMinimum.selector, 4e18, MIN_STAKE));
        unbond(NODE_KEY, 5e18);
    }

    function test_refusesWhatAnOpenSlashLocks() public {
        register(OWNER, NODE_KEY, 3 * MIN_STAKE);
        uint256 id = propose(NODE_KEY, 2 * MIN_STAKE);
        refuses(MIN_STAKE + 1, abi.encodeWithSelector(INodeRegistry.StakeLocked.selector, MIN_STAKE + 1, MIN_STAKE));
        unbond(NODE_KEY, MIN_STAKE);
        vm.prank(SLASHER);
        registry.cancelSlash(id);
        unbond(NODE_KEY, 2 * MIN_STAKE);
    }

    function test_refusesZeroAndMoreThanThereIs() public {
        register(OWNER, NODE_KEY, MIN_STAKE);
        refuses(0, abi.encodePacked(INodeRegistry.AmountZero.selector));
        refuses(MIN_STAKE + 1, abi.encodeWithSelector(INodeRegistry.StakeTooLow.selector, MIN_STAKE + 1, MIN_STAKE));
    }

    function test_refusesStrangers() public {
        register(OWNER, NODE_KEY, MIN_STAKE);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.StakeTooLow.selector, 1, 0));
        registry.requestUnbond(NODE_KEY, 1);
    }
}
