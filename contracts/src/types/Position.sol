// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

/// @notice One stake of one user; amounts in wei of FAR, times in seconds since 1970.
/// @param id Unique over all users.
/// @param amount What was staked.
/// @param weight What it counts for when rewards are shared; zero while it unbonds.
/// @param lockDays The lock chosen: 0, 30, 90, 180 or 365.
/// @param stakedAt When it was staked.
/// @param unlockAt From when on it is paid back; without a lock, zero until it is asked back.
/// @param unbonding Whether it was asked back.
struct Position {
    uint256 id;
    uint256 amount;
    uint256 weight;
    uint16 lockDays;
    uint64 stakedAt;
    uint64 unlockAt;
    bool unbonding;
}
