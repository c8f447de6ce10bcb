// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

/// @notice Everything about a staking contract that is fixed, or first set, at deployment.
/// @param token The FAR token.
/// @param payment The escrow, whose stakers' pool streams here.
/// @param admin Holds the default admin role; handed over in two steps.
/// @param timelock Holds the parameter role: sets the reward rate.
/// @param adminDelay Seconds between naming a new admin and its acceptance.
/// @param rewardRate Base reward in basis points a year of what is staked, paid from the reserve alone.
/// @param streamPeriod Seconds over which revenue reaches the stakers.
/// @param unbondDelay Seconds between asking back a stake without a lock and receiving it.
struct StakingParams {
    address token;
    address payment;
    address admin;
    address timelock;
    uint48 adminDelay;
    uint16 rewardRate;
    uint32 streamPeriod;
    uint32 unbondDelay;
}
