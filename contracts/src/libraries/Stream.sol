// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

/// @title Revenue on its way
/// @notice What arrives flows out evenly until an end that lies at most a period ahead. While nobody receives, the clock stands
/// still. When more arrives, what is left and what is new flow together, and the new end is the mean of both ends weighted by
/// their amounts: dust cannot put the end off, and nothing takes longer than a period after the last arrival.
library Stream {
    /// @param left Wei still to flow.
    /// @param updatedAt Until when it has flowed, in seconds since 1970.
    /// @param endsAt When nothing will be left, if the clock runs on.
    struct Flow {
        uint256 left;
        uint64 updatedAt;
        uint64 endsAt;
    }

    /// @notice The stream at a later time, and what flowed until then.
    /// @param runs Whether anybody received in between.
    /// @return later The stream then; `later.left + flowed` is what was left.
    /// @return flowed In wei.
    function advance(Flow memory flow, uint256 timestamp, bool runs)
        internal
        pure
        returns (Flow memory later, uint256 flowed)
    {
        uint256 elapsed = timestamp - flow.updatedAt;
        if (flow.left == 0) return (Flow(0, uint64(timestamp), uint64(timestamp)), 0);
        if (!runs) return (Flow(flow.left, uint64(timestamp), flow.endsAt + uint64(elapsed)), 0);
        if (timestamp >= flow.endsAt) return (Flow(0, uint64(timestamp), uint64(timestamp)), flow.left);
        flowed = flow.left * elapsed / (flow.endsAt - flow.updatedAt);
        later = Flow(flow.left - flowed, uint64(timestamp), flow.endsAt);
    }

    /// @notice The stream with more to come. `flow` is up to date.
    /// @param amount In wei, not zero.
    /// @param period In seconds.
    function add(Flow memory flow, uint256 amount, uint256 period) internal pure returns (Flow memory) {
        uint256 sum = flow.left + amount;
        // Rounded up: at least a second, and money never flows faster than the mean.
        uint256 seconds_ = (flow.left * (flow.endsAt - flow.updatedAt) + amount * period + sum - 1) / sum;
        return Flow(sum, flow.updatedAt, flow.updatedAt + uint64(seconds_));
    }

    /// @notice Wei per second now, rounded down.
    function rate(Flow memory flow) internal pure returns (uint256) {
        return flow.left == 0 ? 0 : flow.left / (flow.endsAt - flow.updatedAt);
    }
}
