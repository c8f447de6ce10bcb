// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Limits on what the oracle's key can move
/// @dev Windows are UTC days, so two days' allowance can fall into the hour around midnight; the day's cap is chosen with
/// that in mind. A share of 10 000 basis points is no limit.
library Caps {
    uint256 internal constant BPS = 10_000;

    /// @notice What one UTC day has moved.
    /// @param day Days since 1970.
    /// @param baseAmount Movable balance before the day's first epoch.
    /// @param declaredAmount Declared since.
    struct Day {
        uint64 day;
        uint256 baseAmount;
        uint256 declaredAmount;
    }

    /// @notice A share of an amount, rounded down; the whole stands for no limit.
    function share(uint256 amount, uint256 bps) internal pure returns (uint256) {
        return bps == BPS ? type(uint256).max : Math.mulDiv(amount, bps, BPS);
    }

    /// @notice The window as it stands at a time: the same within a day, a fresh one on the next.
    function windowAt(Day memory current, uint256 timestamp, uint256 movableAmount) internal pure returns (Day memory) {
        uint64 day = uint64(timestamp / 1 days);
        if (current.day == day) return current;
        return Day({day: day, baseAmount: movableAmount, declaredAmount: 0});
    }

    /// @notice What the day may still declare. Deposits made during the day raise it, payments never lower its base.
    function left(Day memory current, uint256 movableAmount, uint256 bps) internal pure returns (uint256) {
        if (bps == BPS) return type(uint256).max;
        uint256 capAmount = share(Math.max(current.baseAmount, movableAmount), bps);
        return Math.saturatingSub(capAmount, current.declaredAmount);
    }
}
