// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

/// @notice Where a slash stands. Open are `Proposed`, `Appealed` and `Rejected`.
enum SlashState {
    None,
    /// Can be appealed, and executed once its delay is over.
    Proposed,
    /// Waits for the arbiter.
    Appealed,
    /// The arbiter rejected the appeal: can be executed, and not be appealed again.
    Rejected,
    /// Paid to the treasury.
    Executed,
    /// Withdrawn, overturned on appeal, or not decided in time.
    Cancelled
}

/// @notice A proposed slash.
/// @param owner Owner of the node.
/// @param executableAt From this second on it can be executed.
/// @param state Where it stands.
/// @param node The node.
/// @param decideBy Last second at which the arbiter decides an appeal; zero without one.
/// @param amount What was asked for; at most this is taken.
struct Slash {
    address owner;
    uint64 executableAt;
    SlashState state;
    bytes32 node;
    uint64 decideBy;
    uint256 amount;
}
