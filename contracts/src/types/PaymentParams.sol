// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

/// @notice Everything about an escrow that is fixed, or first set, at deployment.
/// @param token The FAR token.
/// @param priceFeed USD per FAR, 8 decimals.
/// @param admin Holds the default admin role; handed over in two steps.
/// @param treasury Owns the treasury's part of the escrow.
/// @param registry Holds the earnings of nodes that earn in; zero until it exists.
/// @param staking May draw the stakers' pool; zero until it exists.
/// @param timelock Holds the parameter role: names treasury, staking and registry.
/// @param oracle Settles epochs and completes tasks.
/// @param signer Signs receipts and vouchers.
/// @param pauser May stop what the oracle moves, and dispute a payees root.
/// @param adminDelay Seconds between naming a new admin and its acceptance.
/// @param exitDelay Seconds between an exit request and its payment.
/// @param exitWindow Seconds a matured request stays payable.
/// @param disputeDelay Seconds in which a payees root can be disputed, before anyone can claim by it.
/// @param taskTimeout Seconds after which the user of a task that is not completed takes its money back.
/// @param priceMaxAge Seconds after which a price is stale.
/// @param epochCapBps Share of the movable balance one epoch may declare, in basis points; 10 000 means no limit.
/// @param dayCapBps The same for one UTC day.
struct PaymentParams {
    address token;
    address priceFeed;
    address admin;
    address treasury;
    address registry;
    address staking;
    address timelock;
    address oracle;
    address signer;
    address pauser;
    uint48 adminDelay;
    uint32 exitDelay;
    uint32 exitWindow;
    uint32 disputeDelay;
    uint32 taskTimeout;
    uint32 priceMaxAge;
    uint16 epochCapBps;
    uint16 dayCapBps;
}
