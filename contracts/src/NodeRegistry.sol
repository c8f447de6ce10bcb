// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {NodeStakes} from "./registry/NodeStakes.sol";
import {Slashing} from "./registry/Slashing.sol";
import {RegistryParams} from "./types/RegistryParams.sol";

/// @title Node registry
/// @notice See {INodeRegistry}. In `registry/`: {NodeStakes} stake in and out, {Slashing} slashes and appeals; here ratings, signs of
/// life and who may change what.
contract NodeRegistry is Slashing {
    /// @notice May rate nodes.
    bytes32 public constant ORACLE_ROLE = keccak256("ORACLE");

    uint16 private constant RATING_MAX = 10_000;
    uint16 private constant RATING_AT_FIRST = 8_000;

    uint32 public immutable ratingPeriod;
    uint32 public immutable heartbeatPeriod;

    constructor(RegistryParams memory params) NodeStakes(params) Slashing(params) {
        if (params.ratingPeriod == 0 || params.heartbeatPeriod == 0) revert ParamsInvalid();
        ratingPeriod = params.ratingPeriod;
        heartbeatPeriod = params.heartbeatPeriod;
        _grantRole(ORACLE_ROLE, params.oracle);
    }

    /// @inheritdoc INodeRegistry
    function heartbeat(bytes32 node) external {
        Node storage state = _known(msg.sender, node);
        if (_samePeriod(state.lastHeartbeat, heartbeatPeriod)) revert HeartbeatTooSoon(state.lastHeartbeat);
        state.lastHeartbeat = uint64(block.timestamp);
        emit HeartbeatRecorded(msg.sender, node, uint64(block.timestamp));
    }

    /// @inheritdoc INodeRegistry
    function updateNodeRating(address owner, bytes32 node, uint16 rating) external onlyRole(ORACLE_ROLE) {
        if (rating > RATING_MAX) revert RatingOutOfRange(rating);
        Node storage state = _known(owner, node);
        if (_samePeriod(state.ratedAt, ratingPeriod)) revert RatingTooSoon(state.ratedAt);
        state.ratedAt = uint64(block.timestamp);
        state.rating = rating;
        emit NodeRatingUpdated(owner, node, rating);
    }

    /// @inheritdoc INodeRegistry
    function setTreasury(address newTreasury) external onlyRole(PARAMETER_ROLE) {
        _setTreasury(newTreasury);
    }

    function _ratingOf(Node storage state) internal view override returns (uint16) {
        return state.ratedAt == 0 ? RATING_AT_FIRST : state.rating;
    }

    function _samePeriod(uint64 last, uint32 period) private view returns (bool) {
        return last != 0 && last / period == block.timestamp / period;
    }
}
