// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

/// @notice What a node's stake makes of it.
enum NodeStatus {
    /// Nothing staked.
    None,
    /// Less than the minimum: held earnings, or what a slash left.
    EarningIn,
    /// The minimum or more.
    Registered
}

/// @notice A node as the registry knows it; amounts in wei of FAR, times in seconds since 1970, zero for never.
/// @param stake Backs the node's work.
/// @param unbonding Asked back: backs nothing any more, but can still be slashed.
/// @param withdrawableAt From when on `unbonding` is paid.
/// @param slashLocked Sum of the open slashes; neither stake nor unbonding leaves below it.
/// @param rating Hundredths of a point, 0 to 10 000; 8 000 before the first rating.
/// @param ratedAt When it was last rated.
/// @param lastHeartbeat When it last gave a sign of life.
struct NodeState {
    uint256 stake;
    uint256 unbonding;
    uint64 withdrawableAt;
    uint256 slashLocked;
    uint16 rating;
    uint64 ratedAt;
    uint64 lastHeartbeat;
    NodeStatus status;
}
