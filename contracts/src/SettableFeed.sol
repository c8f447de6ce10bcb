// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

import {AggregatorV3Interface} from "./interfaces/AggregatorV3Interface.sol";
import {ISettableFeed} from "./interfaces/ISettableFeed.sol";

/// @title Settable price feed for a local network
/// @notice Its price is set by hand, not by a market, and its description says so.
contract SettableFeed is ISettableFeed, Ownable {
    /// @inheritdoc AggregatorV3Interface
    uint8 public constant decimals = 8;

    /// @inheritdoc AggregatorV3Interface
    uint256 public constant version = 1;

    /// @inheritdoc AggregatorV3Interface
    string public constant description = "FAR / USD: local demo feed, set by hand, not a market price";

    /// Only the newest round is kept, so that refreshing the feed for years does not grow the state.
    uint80 private _roundId;
    uint64 private _updatedAt;
    int256 private _answer;

    /// @param owner Who may set the answer.
    /// @param answer The first answer: USD per FAR, 8 decimals.
    constructor(address owner, int256 answer) Ownable(owner) {
        _publish(answer);
    }

    /// @inheritdoc ISettableFeed
    function setAnswer(int256 answer) external onlyOwner {
        _publish(answer);
    }

    /// @inheritdoc AggregatorV3Interface
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (_roundId, _answer, _updatedAt, _updatedAt, _roundId);
    }

    /// @inheritdoc AggregatorV3Interface
    function getRoundData(uint80 roundId) external view returns (uint80, int256, uint256, uint256, uint80) {
        if (roundId != _roundId) revert RoundUnknown(roundId);
        return (_roundId, _answer, _updatedAt, _updatedAt, _roundId);
    }

    function _publish(int256 answer) private {
        if (answer <= 0) revert AnswerNotPositive(answer);
        _roundId += 1;
        _updatedAt = uint64(block.timestamp);
        _answer = answer;
        emit AnswerUpdated(answer, _roundId, block.timestamp);
    }
}
