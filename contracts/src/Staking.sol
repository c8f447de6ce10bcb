// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";

import {Timelocked} from "./Timelocked.sol";
import {IInferencePayment} from "./interfaces/IInferencePayment.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {Accumulator} from "./libraries/Accumulator.sol";
import {BaseReward} from "./libraries/BaseReward.sol";
import {Locks} from "./libraries/Locks.sol";
import {Stream} from "./libraries/Stream.sol";
import {Position} from "./types/Position.sol";
import {StakingParams} from "./types/StakingParams.sol";

/// @title Staking
/// @notice See {IStaking}.
contract Staking is IStaking, Timelocked {
    using Accumulator for Accumulator.Pool;
    using Accumulator for Accumulator.Member;
    using BaseReward for BaseReward.Reserve;
    using EnumerableSet for EnumerableSet.UintSet;
    using SafeERC20 for IERC20;
    using SafeCast for uint256;
    using Stream for Stream.Flow;

    /// @dev See {Position}, in two slots. Twice the supply fits 128 bits.
    struct Stake {
        uint128 amount;
        uint128 weight;
        uint64 stakedAt;
        uint64 unlockAt;
        uint16 lockDays;
        bool unbonding;
    }

    /// @dev A user's stakes together, and what it has earned by them.
    struct Staker {
        uint128 amount;
        uint128 weight;
        Accumulator.Member revenue;
        Accumulator.Member base;
        EnumerableSet.UintSet positionIds;
    }

    IInferencePayment public immutable payment;
    uint32 public immutable streamPeriod;
    uint32 public immutable unbondDelay;

    /// @inheritdoc IStaking
    uint256 public totalStaked;

    /// @inheritdoc IStaking
    uint256 public totalWeight;

    /// @inheritdoc IStaking
    uint256 public totalUnbonding;

    /// @notice Rewards shared out and not yet claimed, fractions included.
    uint256 public totalRewards;

    /// @notice Positions opened so far; their ids are 1 to this.
    uint256 public positionCount;

    Stream.Flow private _stream;
    BaseReward.Reserve private _reserve;
    Accumulator.Pool private _revenuePool;
    Accumulator.Pool private _basePool;
    mapping(address user => Staker) private _stakers;
    mapping(uint256 positionId => Stake) private _positions;

    constructor(StakingParams memory params)
        AccessControlDefaultAdminRules(params.adminDelay, params.admin)
        Timelocked(params.token, params.timelock)
    {
        if (params.token == address(0) || params.payment == address(0)) revert AddressZero();
        if (params.streamPeriod == 0) revert ParamsInvalid();
        payment = IInferencePayment(params.payment);
        streamPeriod = params.streamPeriod;
        unbondDelay = params.unbondDelay;
        _stream = Stream.Flow(0, uint64(block.timestamp), uint64(block.timestamp));
        _reserve.updatedAt = uint64(block.timestamp);
        _setRewardRate(params.rewardRate);
    }

    // ------------------------------------------------------------------ users

    /// @inheritdoc IStaking
    function stake(uint256 amount, uint16 lockDays) external nonReentrant returns (uint256 positionId) {
        return _stake(amount, lockDays);
    }

    /// @inheritdoc IStaking
    function stakeWithPermit(uint256 amount, uint16 lockDays, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        nonReentrant
        returns (uint256 positionId)
    {
        // A copied permit spends the nonce first; the allowance it leaves behind is what counts.
        try IERC20Permit(address(token)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        return _stake(amount, lockDays);
    }

    /// @inheritdoc IStaking
    function unstake(uint256 positionId) external nonReentrant {
        Stake storage position = _positionOf(msg.sender, positionId);
        if (block.timestamp < position.unlockAt) revert StillLocked(positionId, position.unlockAt);
        if (position.lockDays == 0 && !position.unbonding) return _startUnbonding(positionId, position);
        uint256 amount = position.amount;
        if (position.unbonding) totalUnbonding -= amount;
        else _stopEarning(msg.sender, position.amount, position.weight);
        _stakers[msg.sender].positionIds.remove(positionId);
        delete _positions[positionId];
        emit Unstaked(msg.sender, positionId, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IStaking
    function claimRewards() external nonReentrant returns (uint256 amount) {
        Staker storage staker = _refresh(msg.sender);
        uint256 revenueAmount = staker.revenue.take();
        uint256 baseAmount = staker.base.take();
        amount = revenueAmount + baseAmount;
        if (amount == 0) revert NothingToClaim(msg.sender);
        totalRewards -= amount;
        emit RewardsClaimed(msg.sender, revenueAmount, baseAmount);
        token.safeTransfer(msg.sender, amount);
    }

    // ------------------------------------------------------------------ anyone

    /// @inheritdoc IStaking
    function pullRevenue() external nonReentrant returns (uint256 amount) {
        _flow();
        amount = payment.payStakers();
        if (amount == 0) return 0;
        _stream = _stream.add(amount, streamPeriod);
        emit RevenueReceived(amount, _stream.endsAt);
    }

    /// @inheritdoc IStaking
    function expireLock(address user, uint256 positionId) external {
        Stake storage position = _positionOf(user, positionId);
        if (position.weight <= position.amount || block.timestamp < position.unlockAt) {
            revert LockNotExpired(positionId);
        }
        Staker storage staker = _refresh(user);
        uint128 extraWeight = position.weight - position.amount;
        position.weight = position.amount;
        staker.weight -= extraWeight;
        totalWeight -= extraWeight;
        emit LockExpired(user, positionId, position.weight);
    }

    /// @inheritdoc IStaking
    function fundReserve(uint256 amount) external nonReentrant {
        if (amount == 0) revert AmountZero();
        _flow();
        _reserve.amount += amount;
        emit ReserveFunded(msg.sender, amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    // ------------------------------------------------------------------ administration

    /// @inheritdoc IStaking
    function setRewardRate(uint16 newRewardRate) external onlyRole(PARAMETER_ROLE) {
        _flow();
        _setRewardRate(newRewardRate);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IStaking
    function stakingBalance(address user) external view returns (uint256) {
        return _stakers[user].amount;
    }

    /// @inheritdoc IStaking
    function calculateRewards(address user) external view returns (uint256 revenueAmount, uint256 baseAmount) {
        Staker storage staker = _stakers[user];
        (, uint256 flowedAmount) = _streamNow();
        (, uint256 dueAmount) = _reserve.advance(block.timestamp, totalStaked);
        revenueAmount = _revenuePool.pending(staker.revenue, staker.weight, flowedAmount, totalWeight);
        baseAmount = _basePool.pending(staker.base, staker.amount, dueAmount, totalStaked);
    }

    /// @inheritdoc IStaking
    function positionsOf(address user) external view returns (Position[] memory positions) {
        uint256[] memory ids = _stakers[user].positionIds.values();
        positions = new Position[](ids.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            Stake storage position = _positions[ids[i]];
            positions[i] = Position({
                id: ids[i],
                amount: position.amount,
                weight: position.weight,
                lockDays: position.lockDays,
                stakedAt: position.stakedAt,
                unlockAt: position.unlockAt,
                unbonding: position.unbonding
            });
        }
    }

    /// @inheritdoc IStaking
    function rewardRate() external view returns (uint16) {
        return _reserve.rateBps;
    }

    /// @inheritdoc IStaking
    function reserve() external view returns (uint256) {
        (BaseReward.Reserve memory later,) = _reserve.advance(block.timestamp, totalStaked);
        return later.amount;
    }

    /// @inheritdoc IStaking
    function streamRate() external view returns (uint256) {
        (Stream.Flow memory later,) = _streamNow();
        return totalWeight == 0 ? 0 : later.rate();
    }

    /// @inheritdoc IStaking
    function streamEndsAt() external view returns (uint64) {
        (Stream.Flow memory later,) = _streamNow();
        return later.endsAt;
    }

    /// @inheritdoc IStaking
    function streamLeft() external view returns (uint256) {
        (Stream.Flow memory later,) = _streamNow();
        return later.left;
    }

    /// @inheritdoc IStaking
    function liabilities() public view returns (uint256) {
        return totalStaked + totalUnbonding + totalRewards + _stream.left + _reserve.amount;
    }

    // ------------------------------------------------------------------ inner parts

    function _booked() internal view override returns (uint256) {
        return liabilities();
    }

    function _stake(uint256 amount, uint16 lockDays) private returns (uint256 positionId) {
        if (amount == 0) revert AmountZero();
        uint128 weight = Locks.weightOf(amount, lockDays).toUint128();
        uint128 stored = amount.toUint128();
        uint64 unlockAt = lockDays == 0 ? 0 : uint64(block.timestamp) + uint64(lockDays) * 1 days;
        Staker storage staker = _refresh(msg.sender);
        positionId = ++positionCount;
        _positions[positionId] = Stake(stored, weight, uint64(block.timestamp), unlockAt, lockDays, false);
        staker.positionIds.add(positionId);
        staker.amount += stored;
        staker.weight += weight;
        totalStaked += amount;
        totalWeight += weight;
        emit Staked(msg.sender, positionId, amount, lockDays, weight, unlockAt);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    function _startUnbonding(uint256 positionId, Stake storage position) private {
        _stopEarning(msg.sender, position.amount, position.weight);
        totalUnbonding += position.amount;
        position.weight = 0;
        position.unbonding = true;
        position.unlockAt = uint64(block.timestamp) + unbondDelay;
        emit UnstakeRequested(msg.sender, positionId, position.unlockAt);
    }

    function _stopEarning(address user, uint128 amount, uint128 weight) private {
        Staker storage staker = _refresh(user);
        staker.amount -= amount;
        staker.weight -= weight;
        totalStaked -= amount;
        totalWeight -= weight;
    }

    /// @dev Shares out what streamed and what the base reward came to since the last call, by the weights of that time.
    function _flow() private {
        (Stream.Flow memory later, uint256 flowedAmount) = _streamNow();
        _stream = later;
        _revenuePool.share(flowedAmount, totalWeight);
        uint256 dueAmount;
        (_reserve, dueAmount) = _reserve.advance(block.timestamp, totalStaked);
        _basePool.share(dueAmount, totalStaked);
        totalRewards += flowedAmount + dueAmount;
    }

    /// @dev Brings everybody's share and this user's up to date; before every change of its weight.
    function _refresh(address user) private returns (Staker storage staker) {
        _flow();
        staker = _stakers[user];
        _revenuePool.accrue(staker.revenue, staker.weight);
        _basePool.accrue(staker.base, staker.amount);
    }

    function _streamNow() private view returns (Stream.Flow memory later, uint256 flowedAmount) {
        return _stream.advance(block.timestamp, totalWeight != 0);
    }

    function _positionOf(address user, uint256 positionId) private view returns (Stake storage) {
        if (!_stakers[user].positionIds.contains(positionId)) revert PositionUnknown(positionId);
        return _positions[positionId];
    }

    function _setRewardRate(uint16 newRewardRate) private {
        if (newRewardRate > BaseReward.BPS) revert RewardRateOutOfRange(newRewardRate);
        _reserve.rateBps = newRewardRate;
        emit RewardRateChanged(newRewardRate);
    }
}
