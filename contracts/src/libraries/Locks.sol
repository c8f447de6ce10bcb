// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IStaking} from "../interfaces/IStaking.sol";

/// @title What a lock is worth
library Locks {
    uint256 private constant BPS = 10_000;

    /// @notice What an amount counts for: 1, 1.1, 1.25, 1.5 or 2 times, for 0, 30, 90, 180 or 365 days. Rounded down, never
    /// below the amount.
    function weightOf(uint256 amount, uint16 lockDays) internal pure returns (uint256) {
        return amount * _factorBps(lockDays) / BPS;
    }

    function _factorBps(uint16 lockDays) private pure returns (uint256) {
        if (lockDays == 0) return 10_000;
        if (lockDays == 30) return 11_000;
        if (lockDays == 90) return 12_500;
        if (lockDays == 180) return 15_000;
        if (lockDays == 365) return 20_000;
        revert IStaking.LockInvalid(lockDays);
    }
}
