// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Split} from "../../src/libraries/Split.sol";
import {vm} from "../support/Vm.sol";

contract SplitTest {
    function testFuzz_sumsExactlyForEveryAmountAndScore(uint256 amount, uint256 score) public pure {
        (uint256 operator, uint256 stakers, uint256 treasury) = Split.split(amount, score % 10_001);
        vm.assertEq(stakers, amount / 5);
        vm.assertEq(operator + stakers + treasury, amount);
    }

    /// @dev 54 to 66 %, 20 %, 14 to 26 %; the treasury takes the roundings, less than two wei.
    function testFuzz_sharesStayInTheirBounds(uint256 amount, uint256 score) public pure {
        amount = amount % 1e27;
        (uint256 operator,, uint256 treasury) = Split.split(amount, score % 10_001);
        vm.assertLe(operator * 100, amount * 66, "operator at most 66 %");
        vm.assertGe((operator + 1) * 100, amount * 54, "operator at least 54 %");
        vm.assertGe(treasury * 100, amount * 14, "treasury at least 14 %");
        vm.assertLe(treasury * 100, amount * 26 + 200, "treasury at most 26 %");
    }

    function test_followsTheScore() public pure {
        uint256[2][7] memory cases = [
            [uint256(0), 54e18],
            [uint256(6_000), 54e18],
            [uint256(7_000), 57e18],
            [uint256(8_000), 60e18],
            [uint256(8_001), 60.003e18],
            [uint256(9_000), 63e18],
            [uint256(10_000), 66e18]
        ];
        for (uint256 i = 0; i < cases.length; ++i) {
            (uint256 operator,,) = Split.split(100e18, cases[i][0]);
            vm.assertEq(operator, cases[i][1]);
        }
    }

    function testFuzz_aBetterScoreNeverEarnsLess(uint256 amount, uint256 score) public pure {
        score = score % 10_000;
        (uint256 operator,,) = Split.split(amount, score);
        (uint256 better,,) = Split.split(amount, score + 1);
        vm.assertLe(operator, better, "monotonic");
    }
}
