// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title A yearly rate paid from a reserve
/// @notice What comes due is a share of all that is staked; when the reserve is empty nothing comes due, and nothing is owed
/// for that time later.
library BaseReward {
    uint256 internal constant BPS = 10_000;
    uint256 private constant YEAR_BPS = 365 days * BPS;

    /// @param amount What is left, in wei.
    /// @param carried Remainder of the last division, in wei over a year's basis points.
    /// @param updatedAt Until when it has paid, in seconds since 1970.
    /// @param rateBps Basis points a year.
    struct Reserve {
        uint256 amount;
        uint256 carried;
        uint64 updatedAt;
        uint16 rateBps;
    }

    /// @notice The reserve at a later time, and what came due until then.
    /// @param stakedAmount Staked all that time, in wei.
    /// @return later The reserve then; `later.amount + dueAmount` is what it had.
    /// @return dueAmount In wei.
    function advance(Reserve memory reserve, uint256 timestamp, uint256 stakedAmount)
        internal
        pure
        returns (Reserve memory later, uint256 dueAmount)
    {
        later = Reserve(reserve.amount, reserve.carried, uint64(timestamp), reserve.rateBps);
        if (reserve.amount == 0 || stakedAmount == 0) return (later, 0);
        uint256 elapsed = timestamp - reserve.updatedAt;
        uint256 scaled = stakedAmount * reserve.rateBps * elapsed + reserve.carried;
        dueAmount = Math.min(scaled / YEAR_BPS, reserve.amount);
        later.amount = reserve.amount - dueAmount;
        later.carried = later.amount == 0 ? 0 : scaled % YEAR_BPS;
    }
}
