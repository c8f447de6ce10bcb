// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

/// @dev Gas of whole transactions to the staking contract, while both rewards flow.
contract StakingGasTest is NetworkTest {
    function record(string memory name) private {
        vm.snapshotGasLastCall("Staking", name);
    }

    function test_aStakersLife() public {
        stake(OTHER_STAKER, 100e18, 365);
        fundReserve(100e18);
        earn(100e18);
        give(STAKER, 100e18, address(staking));
        vm.warp(START + 1 days);
        vm.prank(STAKER);
        staking.stake(10e18, 0);
        record("stake, first of a user");
        vm.prank(STAKER);
        staking.stake(10e18, 30);
        record("stake");
        vm.warp(START + 2 days);
        vm.prank(STAKER);
        staking.claimRewards();
        record("claimRewards");
        vm.prank(STAKER);
        staking.unstake(2);
        record("unstake, asking");
        vm.warp(START + 3 days);
        vm.prank(STAKER);
        staking.unstake(2);
        record("unstake, paid");
    }

    function test_revenue() public {
        stake(STAKER, 100e18, 0);
        earn(1e18);
        settle(batchOf(USER, 5e18, NODE));
        vm.warp(START + 1 hours);
        staking.pullRevenue();
        record("pullRevenue");
    }
}
