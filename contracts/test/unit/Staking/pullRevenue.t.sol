// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {IStaking} from "../../../src/interfaces/IStaking.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract PullRevenueTest is NetworkTest {
    function revenueOf(address user) private view returns (uint256 revenue) {
        (revenue,) = staking.calculateRewards(user);
    }

    function test_anyoneFetchesThePool() public {
        settle(batchOf(USER, 100e18, NODE));
        vm.expectEmit(address(staking));
        emit IStaking.RevenueReceived(20e18, uint64(START) + STREAM_PERIOD);
        vm.prank(STRANGER);
        vm.assertEq(staking.pullRevenue(), 20e18);
        vm.assertEq(escrow.stakersBalance(), 0);
        vm.assertEq(staking.streamLeft(), 20e18);
        vm.assertEq(staking.pullRevenue(), 0);
        assertStakingSolvent();
        assertSolvent();
    }

    function test_streamsEvenly() public {
        stake(STAKER, 1e18, 0);
        earn(70e18);
        vm.assertEq(staking.streamRate(), uint256(70e18) / STREAM_PERIOD);
        for (uint256 day = 0; day <= 7; ++day) {
            vm.warp(START + day * 1 days);
            assertShare(revenueOf(STAKER), day * 10e18);
        }
        vm.warp(START + 30 days);
        assertShare(revenueOf(STAKER), 70e18);
        vm.assertEq(staking.streamRate(), 0);
        vm.assertEq(staking.streamLeft(), 0);
    }

    /// @dev While nothing is staked the clock stands still: the first to stake does not find days of stream.
    function test_standsStillWhileNothingIsStaked() public {
        earn(70e18);
        vm.warp(START + 3 days);
        vm.assertEq(staking.streamRate(), 0);
        vm.assertEq(uint256(staking.streamEndsAt()), START + 3 days + STREAM_PERIOD);
        uint256 id = stake(STAKER, 1e18, 0);
        vm.assertEq(revenueOf(STAKER), 0);
        vm.warp(START + 4 days);
        vm.prank(STAKER);
        staking.unstake(id);
        vm.warp(START + 100 days);
        stake(OTHER_STAKER, 1e18, 0);
        assertShare(revenueOf(STAKER), 10e18);
        vm.warp(START + 106 days);
        assertShare(revenueOf(OTHER_STAKER), 60e18);
        assertStakingSolvent();
    }

    /// @dev The new end is the mean of both, weighted: 60 that end in six days and 60 that take seven.
    function test_moreRevenueJoinsTheStream() public {
        stake(STAKER, 1e18, 0);
        earn(70e18);
        vm.warp(START + 1 days);
        deposit(USER, 300e18);
        settle(batchOf(USER, 300e18, NODE));
        uint64 end = uint64(START + 1 days + 6.5 days);
        vm.expectEmit(address(staking));
        emit IStaking.RevenueReceived(60e18, end);
        staking.pullRevenue();
        vm.warp(end);
        assertShare(revenueOf(STAKER), 130e18);
    }

    /// @dev Sending dust again and again must not put the end off.
    function test_dustDoesNotStretchTheStream() public {
        stake(STAKER, 1e18, 0);
        earn(70e18);
        for (uint256 i = 1; i <= 50; ++i) {
            vm.warp(START + i * 1 hours);
            earn(1e6);
        }
        vm.assertLe(staking.streamEndsAt(), START + STREAM_PERIOD + 50, "at most a second each, by rounding");
    }

    function testFuzz_neverTakesLongerThanAPeriod(uint256[8] memory amounts, uint256[8] memory waits) public {
        stake(STAKER, 1e18, 0);
        uint256 total = 0;
        for (uint256 i = 0; i < 8; ++i) {
            uint256 amount = bound(amounts[i], 1, 1e24);
            earn(amount);
            total += amount;
            vm.assertLe(staking.streamEndsAt(), block.timestamp + STREAM_PERIOD, "a period at most");
            vm.warp(block.timestamp + waits[i] % 3 days);
        }
        vm.warp(block.timestamp + STREAM_PERIOD);
        assertShare(revenueOf(STAKER), total);
        assertStakingSolvent();
    }

    function test_refusesWhenTheEscrowPaysAnother() public {
        vm.prank(TIMELOCK);
        escrow.setStaking(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.NotStaking.selector, address(staking)));
        staking.pullRevenue();
    }
}
