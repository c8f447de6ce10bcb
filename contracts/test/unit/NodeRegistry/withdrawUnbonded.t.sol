// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {INodeRegistry} from "../../../src/interfaces/INodeRegistry.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract WithdrawUnbondedTest is NetworkTest {
    function withdrawUnbonded() private returns (uint256) {
        vm.prank(OWNER);
        return registry.withdrawUnbonded(NODE_KEY);
    }

    function test_paysAfterTheDelayToTheSecond() public {
        register(OWNER, NODE_KEY, MIN_STAKE);
        unbond(NODE_KEY, MIN_STAKE);
        vm.warp(START + UNBOND_DELAY - 1);
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.StillUnbonding.selector, uint64(START) + UNBOND_DELAY));
        registry.withdrawUnbonded(NODE_KEY);
        vm.warp(START + UNBOND_DELAY);
        vm.expectEmit(address(registry));
        emit INodeRegistry.Unbonded(OWNER, NODE_KEY, MIN_STAKE);
        vm.assertEq(withdrawUnbonded(), MIN_STAKE);
        vm.assertEq(token.balanceOf(OWNER), MIN_STAKE);
        vm.assertEq(uint256(stateOf(NODE_KEY).withdrawableAt), 0);
        assertRegistrySolvent();
    }

    /// @dev A node that gives up earning in gets what it earned.
    function test_paysEarningsThatWereHeld() public {
        credit(NODE_KEY, 5e18);
        unbond(NODE_KEY, 5e18);
        vm.warp(START + UNBOND_DELAY);
        vm.assertEq(withdrawUnbonded(), 5e18);
        assertRegistrySolvent();
    }

    /// @dev A slash proposed while the stake unbonds still finds it.
    function testFuzz_keepsWhatAnOpenSlashLocks(uint256 locked) public {
        locked = bound(locked, 1, MIN_STAKE - 1);
        register(OWNER, NODE_KEY, MIN_STAKE);
        unbond(NODE_KEY, MIN_STAKE);
        vm.warp(START + UNBOND_DELAY);
        uint256 id = propose(NODE_KEY, locked);
        vm.assertEq(withdrawUnbonded(), MIN_STAKE - locked);
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.StakeLocked.selector, locked, 0));
        registry.withdrawUnbonded(NODE_KEY);
        vm.prank(SLASHER);
        registry.cancelSlash(id);
        vm.assertEq(withdrawUnbonded(), locked);
        assertRegistrySolvent();
    }

    function test_whatStaysStakedCoversTheSlashFirst() public {
        register(OWNER, NODE_KEY, 2 * MIN_STAKE);
        unbond(NODE_KEY, MIN_STAKE);
        vm.warp(START + UNBOND_DELAY);
        propose(NODE_KEY, MIN_STAKE);
        vm.assertEq(withdrawUnbonded(), MIN_STAKE);
    }

    function test_refusesWithoutUnbonding() public {
        register(OWNER, NODE_KEY, MIN_STAKE);
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NothingUnbonding.selector, OWNER, NODE_KEY));
        registry.withdrawUnbonded(NODE_KEY);
    }
}
