// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {AggregatorV3Interface} from "./AggregatorV3Interface.sol";

/// @title A price feed whose owner sets the answer by hand; for local networks only
interface ISettableFeed is AggregatorV3Interface {
    /// @notice A new answer was published.
    event AnswerUpdated(int256 indexed answer, uint80 indexed roundId, uint256 updatedAt);

    /// @notice A price is positive.
    error AnswerNotPositive(int256 answer);

    /// @notice No such round was published.
    error RoundUnknown(uint80 roundId);

    /// @notice Publishes an answer, stamped with the time of its block. The same answer again keeps the feed fresh.
    /// @param answer USD per FAR, 8 decimals.
    function setAnswer(int256 answer) external;
}
