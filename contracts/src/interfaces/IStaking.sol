// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Position} from "../types/Position.sol";
import {ITimelocked} from "./ITimelocked.sol";

/// @title Staking of FAR for a part of the network's revenue
/// @notice Two rewards. Revenue is the stakers' fifth of what users pay: it streams out over a period after it arrives, shared by
/// weight, and waits while nothing is staked. The base reward is a yearly rate of what is staked, paid from a reserve that
/// somebody has funded; with the reserve it ends. Neither is promised.
///
/// What the contract holds is always at least `liabilities()`: stakes, what unbonds, rewards not yet claimed, the stream and the
/// reserve. Fractions of a wei are carried, never dropped.
interface IStaking is ITimelocked {
    // ------------------------------------------------------------------ events

    /// @notice A user staked.
    /// @param weight What the amount counts for when revenue is shared.
    /// @param unlockAt From this second on it can be taken back; zero without a lock.
    event Staked(
        address indexed user,
        uint256 indexed positionId,
        uint256 amount,
        uint16 lockDays,
        uint256 weight,
        uint64 unlockAt
    );

    /// @notice A user asked a stake without a lock back; it earns nothing any more.
    event UnstakeRequested(address indexed user, uint256 indexed positionId, uint64 withdrawableAt);

    /// @notice A stake was paid back.
    event Unstaked(address indexed user, uint256 indexed positionId, uint256 amount);

    /// @notice A lock is over and its extra weight with it.
    event LockExpired(address indexed user, uint256 indexed positionId, uint256 weight);

    /// @notice A user took its rewards.
    event RewardsClaimed(address indexed user, uint256 revenueAmount, uint256 baseAmount);

    /// @notice Revenue arrived.
    /// @param streamEndsAt When all that has arrived will have streamed out, if something is staked all the time.
    event RevenueReceived(uint256 amount, uint64 streamEndsAt);

    /// @notice The reserve of the base reward was raised.
    event ReserveFunded(address indexed from, uint256 amount);

    /// @notice The base reward changed, in basis points a year.
    event RewardRateChanged(uint16 rewardRate);

    // ------------------------------------------------------------------ errors

    /// @notice An amount of zero does nothing.
    error AmountZero();

    /// @notice An address must be given.
    error AddressZero();

    /// @notice A stream that takes no time.
    error ParamsInvalid();

    /// @notice A lock is 0, 30, 90, 180 or 365 days.
    error LockInvalid(uint16 lockDays);

    /// @notice The caller has no such position.
    error PositionUnknown(uint256 positionId);

    /// @notice The position is locked, or unbonds, until later.
    error StillLocked(uint256 positionId, uint64 unlockAt);

    /// @notice The position has no extra weight, or its lock is not over.
    error LockNotExpired(uint256 positionId);

    /// @notice The caller has no rewards.
    error NothingToClaim(address user);

    /// @notice A rate above 10 000 basis points.
    error RewardRateOutOfRange(uint256 rewardRate);

    // ------------------------------------------------------------------ users

    /// @notice Stakes FAR of the caller.
    /// @param amount In wei of FAR; the contract must be approved for it.
    /// @param lockDays 0, 30, 90, 180 or 365: counts 1, 1.1, 1.25, 1.5 or 2 times.
    /// @return positionId Names the stake.
    function stake(uint256 amount, uint16 lockDays) external returns (uint256 positionId);

    /// @notice The same with an ERC-2612 permit instead of an approval.
    function stakeWithPermit(uint256 amount, uint16 lockDays, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        returns (uint256 positionId);

    /// @notice Takes a stake of the caller back. A locked one is paid once its lock is over; one without a lock stops earning with
    /// the first call and is paid by a second, a delay later.
    function unstake(uint256 positionId) external;

    /// @notice Pays the caller its rewards.
    /// @return amount In wei of FAR.
    function claimRewards() external returns (uint256 amount);

    // ------------------------------------------------------------------ anyone

    /// @notice Fetches the stakers' pool from the escrow and lets it stream out.
    /// @return amount In wei of FAR; zero if there was none.
    function pullRevenue() external returns (uint256 amount);

    /// @notice Takes the extra weight from a position whose lock is over, so that it counts like any stake that can leave.
    function expireLock(address user, uint256 positionId) external;

    /// @notice Raises the reserve of the base reward from the caller's wallet.
    function fundReserve(uint256 amount) external;

    // ------------------------------------------------------------------ administration

    /// @notice Sets the base reward in basis points a year. Callable by the timelock.
    function setRewardRate(uint16 newRewardRate) external;

    // ------------------------------------------------------------------ views

    /// @notice What a user has staked and earns on, in wei of FAR; without what unbonds.
    function stakingBalance(address user) external view returns (uint256);

    /// @notice Σ `stakingBalance`.
    function totalStaked() external view returns (uint256);

    /// @notice Sum of the weights of all that is staked.
    function totalWeight() external view returns (uint256);

    /// @notice Σ of what unbonds, in wei of FAR.
    function totalUnbonding() external view returns (uint256);

    /// @notice What a user could claim now, in wei of FAR.
    function calculateRewards(address user) external view returns (uint256 revenueAmount, uint256 baseAmount);

    /// @notice A user's stakes that are not paid back.
    function positionsOf(address user) external view returns (Position[] memory);

    /// @notice The base reward, in basis points a year.
    function rewardRate() external view returns (uint16);

    /// @notice What is left for base rewards now, in wei of FAR.
    function reserve() external view returns (uint256);

    /// @notice Revenue reaching the stakers now, in wei of FAR per second, rounded down; zero while nothing is staked.
    function streamRate() external view returns (uint256);

    /// @notice When the revenue that has arrived will have streamed out; while nothing is staked it moves with the clock.
    function streamEndsAt() external view returns (uint64);

    /// @notice Revenue that has arrived and not yet streamed out, in wei of FAR.
    function streamLeft() external view returns (uint256);

    /// @notice The sum of the contract's obligations.
    function liabilities() external view returns (uint256);
}
