// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IStaking} from "../../../src/interfaces/IStaking.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract FundReserveTest is NetworkTest {
    function testFuzz_fromAnyWallet(uint256 amount) public {
        amount = bound(amount, 1, 1e24);
        give(STRANGER, amount, address(staking));
        vm.expectEmit(address(staking));
        emit IStaking.ReserveFunded(STRANGER, amount);
        vm.prank(STRANGER);
        staking.fundReserve(amount);
        vm.assertEq(staking.reserve(), amount);
        assertStakingSolvent();
    }

    /// @dev The reserve pays from when it is there.
    function test_paysNothingForTheTimeBefore() public {
        stake(STAKER, 1_000e18, 0);
        vm.warp(START + 365 days);
        fundReserve(50e18);
        (, uint256 base) = staking.calculateRewards(STAKER);
        vm.assertEq(base, 0);
        vm.warp(START + 2 * 365 days);
        (, base) = staking.calculateRewards(STAKER);
        assertShare(base, 10e18);
    }

    function test_refusesZero() public {
        vm.expectRevert(IStaking.AmountZero.selector);
        staking.fundReserve(0);
    }
}
