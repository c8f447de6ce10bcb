// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

/// @notice Everything about a node registry that is fixed, or first set, at deployment.
/// @param token The FAR token.
/// @param payment The escrow, which alone may credit held earnings.
/// @param treasury Receives what is slashed.
/// @param admin Holds the default admin role; handed over in two steps.
/// @param timelock Holds the parameter role: names the treasury.
/// @param oracle Rates nodes.
/// @param slasher Proposes slashes.
/// @param arbiter Decides appeals and may freeze slashes.
/// @param adminDelay Seconds between naming a new admin and its acceptance.
/// @param minStake Wei of FAR from which on a node is registered.
/// @param unbondDelay Seconds between asking for stake back and receiving it.
/// @param slashDelay Seconds between the proposal of a slash and its execution.
/// @param appealPeriod Seconds the arbiter has for an appeal; undecided, the slash falls.
/// @param ratingPeriod A node is rated at most once per period; periods are counted from 1970.
/// @param heartbeatPeriod The same for heartbeats.
struct RegistryParams {
    address token;
    address payment;
    address treasury;
    address admin;
    address timelock;
    address oracle;
    address slasher;
    address arbiter;
    uint48 adminDelay;
    uint256 minStake;
    uint32 unbondDelay;
    uint32 slashDelay;
    uint32 appealPeriod;
    uint32 ratingPeriod;
    uint32 heartbeatPeriod;
}
