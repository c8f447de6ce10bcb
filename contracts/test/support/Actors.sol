// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

/// @dev Who takes part in the tests, and how long things take there.
abstract contract Actors {
    address internal constant ADMIN = address(0xAD);
    address internal constant TREASURY = address(0x7E);
    address internal constant ORACLE = address(0x0A);
    address internal constant PAUSER = address(0x9A);
    address internal constant TIMELOCK = address(0x71);
    address internal constant SLASHER = address(0x5A);
    address internal constant ARBITER = address(0xAB);
    address internal constant STRANGER = address(0x57);
    address internal constant USER = address(0x1001);
    address internal constant OTHER_USER = address(0x1002);
    address internal constant NODE = address(0x2001);
    address internal constant OTHER_NODE = address(0x2002);
    address internal constant OWNER = address(0x3001);
    address internal constant STAKER = address(0x4001);
    address internal constant OTHER_STAKER = address(0x4002);
    uint256 internal constant SIGNER_KEY = 0x516;
    bytes32 internal constant NODE_KEY = keccak256("node_1");
    bytes32 internal constant OTHER_NODE_KEY = keccak256("node_2");

    uint32 internal constant EXIT_DELAY = 24 hours;
    uint32 internal constant EXIT_WINDOW = 7 days;
    uint32 internal constant DISPUTE_DELAY = 24 hours;
    uint32 internal constant TASK_TIMEOUT = 1 hours;
    uint32 internal constant PRICE_MAX_AGE = 1 hours;
    uint32 internal constant UNBOND_DELAY = 7 days;
    uint32 internal constant SLASH_DELAY = 24 hours;
    uint32 internal constant APPEAL_PERIOD = 14 days;
    uint32 internal constant STREAM_PERIOD = 7 days;
    uint32 internal constant STAKE_UNBOND_DELAY = 24 hours;
    uint256 internal constant MIN_STAKE = 1_000e18;
    uint256 internal constant DEPOSIT = 1_000e18;
    uint256 internal constant START = 1_800_000_000;
}
