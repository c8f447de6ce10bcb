// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {BaseReward} from "../../src/libraries/BaseReward.sol";
import {vm} from "../support/Vm.sol";

contract BaseRewardTest {
    using BaseReward for BaseReward.Reserve;

    uint256 private constant START = 1_800_000_000;

    /// @dev Brought up to date a thousand times or once: the same to the wei.
    function testFuzz_oftenIsAsGoodAsOnce(uint256 staked, uint16 rateBps) public pure {
        staked = staked % 1e27 + 1;
        rateBps = rateBps % 10_001;
        BaseReward.Reserve memory often = BaseReward.Reserve(1e30, 0, uint64(START), rateBps);
        (, uint256 once) = often.advance(START + 1_000 * 977, staked);
        uint256 sum = 0;
        for (uint256 i = 1; i <= 1_000; ++i) {
            uint256 due;
            (often, due) = often.advance(START + i * 977, staked);
            sum += due;
        }
        vm.assertEq(sum, once);
    }

    function testFuzz_paysAtMostTheReserve(uint256 amount, uint256 staked, uint256 elapsed) public pure {
        amount = amount % 1e27;
        BaseReward.Reserve memory reserve = BaseReward.Reserve(amount, 0, uint64(START), 10_000);
        (BaseReward.Reserve memory later, uint256 due) = reserve.advance(START + elapsed % 1e10, staked % 1e27);
        vm.assertEq(later.amount + due, amount);
    }

    function test_isTheRateOfAYear() public pure {
        BaseReward.Reserve memory reserve = BaseReward.Reserve(100e18, 0, uint64(START), 100);
        (, uint256 due) = reserve.advance(START + 365 days, 1_000e18);
        vm.assertEq(due, 10e18);
    }
}
