// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IStaking} from "../../../src/interfaces/IStaking.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract ClaimRewardsTest is NetworkTest {
    function claim(address user) private returns (uint256) {
        vm.prank(user);
        return staking.claimRewards();
    }

    function test_sharesRevenueByWeight() public {
        stake(STAKER, 100e18, 0);
        stake(OTHER_STAKER, 100e18, 365);
        earn(30e18);
        vm.warp(START + STREAM_PERIOD);
        assertShare(claim(STAKER), 10e18);
        assertShare(claim(OTHER_STAKER), 20e18);
        assertShare(token.balanceOf(OTHER_STAKER), 20e18);
        assertStakingSolvent();
    }

    function test_addsTheBaseRewardOfTheReserve() public {
        stake(STAKER, 1_000e18, 0);
        fundReserve(100e18);
        vm.warp(START + 365 days);
        (, uint256 base) = staking.calculateRewards(STAKER);
        assertShare(base, 10e18); // 1 %
        vm.expectEmit(address(staking));
        emit IStaking.RewardsClaimed(STAKER, 0, base);
        vm.assertEq(claim(STAKER), base);
        vm.assertEq(staking.reserve(), 90e18);
        assertStakingSolvent();
    }

    /// @dev A yearly rate is on what is staked, not on its weight.
    function test_theBaseRewardKnowsNoWeights() public {
        stake(STAKER, 1_000e18, 0);
        stake(OTHER_STAKER, 1_000e18, 365);
        fundReserve(100e18);
        vm.warp(START + 365 days);
        assertShare(claim(STAKER), 10e18);
        assertShare(claim(OTHER_STAKER), 10e18);
    }

    function test_theBaseRewardEndsWithTheReserve() public {
        stake(STAKER, 1_000e18, 0);
        fundReserve(1e18);
        vm.warp(START + 365 days);
        assertShare(claim(STAKER), 1e18);
        vm.assertEq(staking.reserve(), 0);
        vm.warp(START + 2 * 365 days);
        fundReserve(1e18); // the year without a reserve is not paid later
        vm.prank(STAKER);
        vm.expectRevert(abi.encodeWithSelector(IStaking.NothingToClaim.selector, STAKER));
        staking.claimRewards();
        assertStakingSolvent();
    }

    function test_nothingComesWithoutAReserve() public {
        stake(STAKER, 1_000e18, 0);
        vm.warp(START + 365 days);
        (uint256 revenue, uint256 base) = staking.calculateRewards(STAKER);
        vm.assertEq(revenue + base, 0);
    }

    /// @dev What each is shown is what it gets, and all together get what streamed, but for fractions of a wei that are kept.
    function testFuzz_sharesToTheWei(uint256[3] memory amounts, uint256 revenue, uint256 waited) public {
        revenue = bound(revenue, 1, 1e24);
        uint256 total = 0;
        for (uint256 i = 0; i < 3; ++i) {
            stake(staker(i), bound(amounts[i], 1, 1e24), i == 1 ? 90 : 0);
        }
        earn(revenue);
        vm.warp(START + bound(waited, 0, 2 * STREAM_PERIOD));
        staking.pullRevenue(); // nothing new: only shares out what streamed
        uint256 flowed = revenue - staking.streamLeft();
        for (uint256 i = 0; i < 3; ++i) {
            (uint256 shown,) = staking.calculateRewards(staker(i));
            if (shown == 0) continue;
            vm.assertEq(claim(staker(i)), shown);
            total += shown;
        }
        vm.assertLe(total, flowed, "not more than what flowed");
        vm.assertLe(flowed - total, 3, "less than a wei each is kept");
        vm.assertEq(staking.totalRewards(), flowed - total);
        assertStakingSolvent();
    }

    /// @dev However often everybody is brought up to date, fractions are carried, not dropped.
    function test_oftenIsAsGoodAsOnce() public {
        stake(STAKER, 7, 0);
        stake(OTHER_STAKER, 11, 0);
        earn(1e18);
        uint256 got = 0;
        for (uint256 i = 1; i <= 500; ++i) {
            vm.warp(START + i * STREAM_PERIOD / 500);
            got += claim(STAKER);
        }
        assertShare(got, 1e18 * uint256(7) / 18);
    }

    function test_refusesWhoHasNothing() public {
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IStaking.NothingToClaim.selector, STRANGER));
        staking.claimRewards();
    }

    function staker(uint256 i) private pure returns (address) {
        return address(uint160(0x6000 + i));
    }
}
