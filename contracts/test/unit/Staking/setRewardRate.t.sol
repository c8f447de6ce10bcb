// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IStaking} from "../../../src/interfaces/IStaking.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract SetRewardRateTest is NetworkTest {
    function test_countsFromThenOn() public {
        stake(STAKER, 1_000e18, 0);
        fundReserve(500e18);
        vm.warp(START + 365 days);
        vm.expectEmit(address(staking));
        emit IStaking.RewardRateChanged(1_000);
        vm.prank(TIMELOCK);
        staking.setRewardRate(1_000);
        vm.warp(START + 2 * 365 days);
        (, uint256 base) = staking.calculateRewards(STAKER);
        assertShare(base, 110e18); // 1 % of the first year, 10 % of the second
        assertStakingSolvent();
    }

    function test_refusesMoreThanAHundredPercent() public {
        vm.prank(TIMELOCK);
        staking.setRewardRate(10_000);
        vm.prank(TIMELOCK);
        vm.expectRevert(abi.encodeWithSelector(IStaking.RewardRateOutOfRange.selector, 10_001));
        staking.setRewardRate(10_001);
    }

    function test_isTheTimelocksAlone() public {
        bytes32 role = staking.PARAMETER_ROLE();
        vm.prank(ADMIN);
        vm.expectRevert(missingRole(ADMIN, role));
        staking.setRewardRate(1);
    }
}
