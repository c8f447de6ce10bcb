// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title How a task's charge is divided
/// @notice Stakers 20 %; the operator 60 % × (1 + a) with a = clamp((score − 80) / 2, −10, +10) %; the treasury the rest, and with
/// it every rounding.
library Split {
    /// @notice Scores in hundredths of a point.
    uint256 internal constant SCORE_MAX = 10_000;

    /// @notice Divides a charge; the parts sum to it for every amount and score.
    /// @param amount In wei of FAR.
    /// @param score Hundredths of a point, 0 to 10 000.
    function split(uint256 amount, uint256 score)
        internal
        pure
        returns (uint256 operatorAmount, uint256 stakersAmount, uint256 treasuryAmount)
    {
        stakersAmount = amount / 5;
        // 60 % × factor / 20 000, where factor = 200 × (100 + a): 100 + (s/100 − 80) / 2 = (12 000 + s) / 200.
        uint256 factor = Math.min(Math.max(12_000 + score, 18_000), 22_000);
        operatorAmount = Math.mulDiv(amount, 3 * factor, 100_000);
        treasuryAmount = amount - stakersAmount - operatorAmount;
    }
}
