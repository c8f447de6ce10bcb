// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IStaking} from "../../../src/interfaces/IStaking.sol";
import {Position} from "../../../src/types/Position.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract StakeTest is NetworkTest {
    function test_everyLockHasItsWeight() public {
        uint16[5] memory lockDays = [0, 30, 90, 180, 365];
        uint256[5] memory weights = [uint256(100e18), 110e18, 125e18, 150e18, 200e18];
        uint256 weight = 0;
        give(STAKER, 500e18, address(staking));
        for (uint256 i = 0; i < 5; ++i) {
            uint64 unlockAt = i == 0 ? 0 : uint64(START + uint256(lockDays[i]) * 1 days);
            vm.expectEmit(address(staking));
            emit IStaking.Staked(STAKER, i + 1, 100e18, lockDays[i], weights[i], unlockAt);
            vm.prank(STAKER);
            vm.assertEq(staking.stake(100e18, lockDays[i]), i + 1);
            weight += weights[i];
        }
        vm.assertEq(staking.totalWeight(), weight);
        vm.assertEq(staking.totalStaked(), 500e18);
        vm.assertEq(staking.stakingBalance(STAKER), 500e18);
        Position[] memory positions = staking.positionsOf(STAKER);
        vm.assertEq(positions.length, 5);
        vm.assertEq(uint256(positions[4].lockDays), 365);
        vm.assertEq(uint256(positions[4].stakedAt), START);
        assertStakingSolvent();
    }

    function testFuzz_refusesOtherLocks(uint16 lockDays) public {
        vm.assume(lockDays != 0 && lockDays != 30 && lockDays != 90 && lockDays != 180 && lockDays != 365);
        give(STAKER, 1e18, address(staking));
        vm.prank(STAKER);
        vm.expectRevert(abi.encodeWithSelector(IStaking.LockInvalid.selector, lockDays));
        staking.stake(1e18, lockDays);
    }

    function test_refusesZero() public {
        vm.prank(STAKER);
        vm.expectRevert(IStaking.AmountZero.selector);
        staking.stake(0, 0);
    }

    /// @dev Who comes in the same block as the revenue and goes in the next gets a second of a week's stream, not the epoch.
    function test_nobodyTakesAnEpochByStakingForABlock() public {
        stake(STAKER, 1_000e18, 0);
        earn(700e18);
        uint256 id = stake(OTHER_STAKER, 999_000e18, 0); // nearly all of the weight
        vm.warp(block.timestamp + 3);
        vm.prank(OTHER_STAKER);
        staking.unstake(id);
        (uint256 revenue,) = staking.calculateRewards(OTHER_STAKER);
        vm.assertLe(revenue, 700e18 * 3 / uint256(STREAM_PERIOD), "three seconds of the stream");
        vm.warp(block.timestamp + STREAM_PERIOD);
        (revenue,) = staking.calculateRewards(STAKER);
        vm.assertGe(revenue, 699.99e18, "the rest is for who stayed");
    }
}
