// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IStaking} from "../../../src/interfaces/IStaking.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract ExpireLockTest is NetworkTest {
    function test_anyoneTakesTheExtraWeightOnceTheLockIsOver() public {
        uint256 id = stake(STAKER, 100e18, 30);
        vm.warp(START + 30 days);
        vm.expectEmit(address(staking));
        emit IStaking.LockExpired(STAKER, id, 100e18);
        vm.prank(STRANGER);
        staking.expireLock(STAKER, id);
        vm.assertEq(staking.totalWeight(), 100e18);
        vm.assertEq(staking.stakingBalance(STAKER), 100e18);
        vm.prank(STAKER);
        staking.unstake(id); // its lock is over: no unbonding
        vm.assertEq(staking.totalWeight(), 0);
        assertStakingSolvent();
    }

    /// @dev What was earned with the weight stays.
    function test_keepsWhatWasEarned() public {
        uint256 id = stake(STAKER, 100e18, 30);
        stake(OTHER_STAKER, 110e18, 0);
        earn(20e18);
        vm.warp(START + 30 days);
        staking.expireLock(STAKER, id);
        (uint256 revenue,) = staking.calculateRewards(STAKER);
        assertShare(revenue, 10e18);
    }

    function test_refusesALockThatHolds() public {
        uint256 id = stake(STAKER, 100e18, 30);
        vm.warp(START + 30 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IStaking.LockNotExpired.selector, id));
        staking.expireLock(STAKER, id);
    }

    function test_refusesWhatHasNoExtraWeight() public {
        uint256 unlocked = stake(STAKER, 100e18, 0);
        vm.expectRevert(abi.encodeWithSelector(IStaking.LockNotExpired.selector, unlocked));
        staking.expireLock(STAKER, unlocked);
        uint256 id = stake(STAKER, 100e18, 30);
        vm.warp(START + 30 days);
        staking.expireLock(STAKER, id);
        vm.expectRevert(abi.encodeWithSelector(IStaking.LockNotExpired.selector, id));
        staking.expireLock(STAKER, id);
        vm.expectRevert(abi.encodeWithSelector(IStaking.PositionUnknown.selector, 9));
        staking.expireLock(STAKER, 9);
    }
}
