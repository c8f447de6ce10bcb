// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IStaking} from "../../../src/interfaces/IStaking.sol";
import {Position} from "../../../src/types/Position.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract UnstakeTest is NetworkTest {
    function unstake(uint256 id) private {
        vm.prank(STAKER);
        staking.unstake(id);
    }

    function refusesLocked(uint256 id, uint256 until) private {
        vm.prank(STAKER);
        vm.expectRevert(abi.encodeWithSelector(IStaking.StillLocked.selector, id, uint64(until)));
        staking.unstake(id);
    }

    function test_withoutALockItUnbondsADay() public {
        uint256 id = stake(STAKER, 100e18, 0);
        vm.expectEmit(address(staking));
        emit IStaking.UnstakeRequested(STAKER, id, uint64(START) + STAKE_UNBOND_DELAY);
        unstake(id);
        vm.assertEq(staking.totalStaked(), 0);
        vm.assertEq(staking.totalWeight(), 0);
        vm.assertEq(staking.totalUnbonding(), 100e18);
        Position[] memory positions = staking.positionsOf(STAKER);
        vm.assertTrue(positions[0].unbonding, "shown as unbonding");
        vm.assertEq(positions[0].weight, 0);
        assertStakingSolvent();
        vm.warp(START + STAKE_UNBOND_DELAY - 1);
        refusesLocked(id, START + STAKE_UNBOND_DELAY);
        vm.warp(START + STAKE_UNBOND_DELAY);
        vm.expectEmit(address(staking));
        emit IStaking.Unstaked(STAKER, id, 100e18);
        unstake(id);
        vm.assertEq(token.balanceOf(STAKER), 100e18);
        vm.assertEq(staking.positionsOf(STAKER).length, 0);
        assertStakingSolvent();
    }

    function testFuzz_aLockHoldsToTheSecond(uint256 choice) public {
        uint16[4] memory locks = [30, 90, 180, 365];
        uint16 lockDays = locks[choice % 4];
        uint256 id = stake(STAKER, 100e18, lockDays);
        uint256 unlockAt = START + uint256(lockDays) * 1 days;
        vm.warp(unlockAt - 1);
        refusesLocked(id, unlockAt);
        vm.warp(unlockAt);
        unstake(id);
        vm.assertEq(token.balanceOf(STAKER), 100e18);
        vm.assertEq(staking.totalWeight(), 0);
        assertStakingSolvent();
    }

    /// @dev What unbonds earns nothing; what it had earned stays.
    function test_earnsUntilItIsAskedBack() public {
        uint256 id = stake(STAKER, 100e18, 0);
        earn(70e18);
        vm.warp(START + 1 days);
        unstake(id);
        (uint256 before,) = staking.calculateRewards(STAKER);
        assertShare(before, 10e18);
        vm.warp(START + 3 days);
        unstake(id);
        (uint256 later,) = staking.calculateRewards(STAKER);
        vm.assertEq(later, before);
        vm.prank(STAKER);
        vm.assertEq(staking.claimRewards(), before);
        assertStakingSolvent();
    }

    function test_refusesOthersPositionsAndThePaid() public {
        uint256 id = stake(OTHER_STAKER, 100e18, 0);
        vm.prank(STAKER);
        vm.expectRevert(abi.encodeWithSelector(IStaking.PositionUnknown.selector, id));
        staking.unstake(id);
        uint256 own = stake(STAKER, 1e18, 30);
        vm.warp(START + 30 days);
        unstake(own);
        vm.prank(STAKER);
        vm.expectRevert(abi.encodeWithSelector(IStaking.PositionUnknown.selector, own));
        staking.unstake(own);
    }

    function test_onePositionOfSeveral() public {
        stake(STAKER, 1e18, 365);
        uint256 id = stake(STAKER, 2e18, 30);
        stake(STAKER, 4e18, 0);
        vm.warp(START + 30 days);
        unstake(id);
        vm.assertEq(staking.stakingBalance(STAKER), 5e18);
        vm.assertEq(staking.totalWeight(), 6e18);
        vm.assertEq(staking.positionsOf(STAKER).length, 2);
    }
}
