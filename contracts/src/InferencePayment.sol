// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {AggregatorV3Interface} from "./interfaces/AggregatorV3Interface.sol";
import {IInferencePayment} from "./interfaces/IInferencePayment.sol";
import {Caps} from "./libraries/Caps.sol";
import {Netting} from "./libraries/Netting.sol";
import {Scaling} from "./libraries/Scaling.sol";
import {Batch, Credit, Debit} from "./types/Batch.sol";
import {PaymentParams} from "./types/PaymentParams.sol";

/// @title Inference payment
/// @notice See {IInferencePayment}.
contract InferencePayment is IInferencePayment, AccessControlDefaultAdminRules, Pausable, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using Caps for Caps.Day;

    /// @dev A wallet's exit: 192 bits, one slot.
    struct Exit {
        uint64 counter;
        uint64 maturesAt;
        uint64 lapsesAt;
    }

    /// @notice May settle epochs.
    bytes32 public constant ORACLE_ROLE = keccak256("ORACLE");

    /// @notice Its signatures bind the network: receipts now, vouchers later.
    bytes32 public constant SIGNER_ROLE = keccak256("SIGNER");

    /// @notice May stop settlement.
    bytes32 public constant PAUSER_ROLE = keccak256("PAUSER");

    /// @notice Most payers, and most payees, of one batch. A batch of both, all new to storage, takes less than the
    /// 16.7 M gas that one transaction may use since EIP-7825.
    uint256 public constant BATCH_SIZE_MAX = 400;

    IERC20 public immutable token;
    AggregatorV3Interface public immutable priceFeed;
    uint32 public immutable exitDelay;
    uint32 public immutable exitWindow;
    uint32 public immutable priceMaxAge;
    uint16 public immutable epochCapBps;
    uint16 public immutable dayCapBps;

    /// @inheritdoc IInferencePayment
    uint64 public epoch;

    /// @notice Who owns `treasuryBalance`.
    address public treasury;

    /// @notice Where the stakers' pool may be paid; zero until the staking contract exists.
    address public staking;

    /// @notice Σ `userBalances`.
    uint256 public totalUserBalances;

    /// @notice Σ `owed`.
    uint256 public totalOwed;

    /// @notice Σ `pendingOf` and `stakersPending`: what the treasury still has to fund.
    uint256 public totalPending;

    /// @notice The stakers' pool.
    uint256 public stakersBalance;

    /// @notice What the stakers' pool still has to get from the treasury.
    uint256 public stakersPending;

    /// @notice The treasury's part of the escrow.
    uint256 public treasuryBalance;

    /// @inheritdoc IInferencePayment
    mapping(address wallet => uint256) public userBalances;

    /// @inheritdoc IInferencePayment
    /// @dev Never positive together with `userBalances`: a shortfall empties the balance, a deposit pays the receivable first.
    mapping(address wallet => uint256) public receivableOf;

    /// @inheritdoc IInferencePayment
    mapping(address payee => uint256) public owed;

    /// @inheritdoc IInferencePayment
    mapping(address payee => uint256) public pendingOf;

    /// @inheritdoc IInferencePayment
    mapping(uint64 settledEpoch => bytes32) public receiptsRootOf;

    mapping(address wallet => Exit) private _exits;
    Caps.Day private _day;

    constructor(PaymentParams memory params) AccessControlDefaultAdminRules(params.adminDelay, params.admin) {
        if (params.token == address(0) || params.treasury == address(0)) revert AddressZero();
        if (params.epochCapBps > Caps.BPS || params.dayCapBps > Caps.BPS) revert ParamsInvalid();
        if (AggregatorV3Interface(params.priceFeed).decimals() != 8) revert ParamsInvalid();
        token = IERC20(params.token);
        priceFeed = AggregatorV3Interface(params.priceFeed);
        exitDelay = params.exitDelay;
        exitWindow = params.exitWindow;
        priceMaxAge = params.priceMaxAge;
        epochCapBps = params.epochCapBps;
        dayCapBps = params.dayCapBps;
        _setTreasury(params.treasury);
        _grantRole(ORACLE_ROLE, params.oracle);
        _grantRole(SIGNER_ROLE, params.signer);
        _grantRole(PAUSER_ROLE, params.pauser);
    }

    // ------------------------------------------------------------------ in and out

    /// @inheritdoc IInferencePayment
    function deposit(uint256 amount) external nonReentrant {
        _deposit(amount);
    }

    /// @inheritdoc IInferencePayment
    function depositWithPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external nonReentrant {
        // A copied permit spends the nonce first; the allowance it leaves behind is what counts.
        try IERC20Permit(address(token)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _deposit(amount);
    }

    /// @inheritdoc IInferencePayment
    function requestExit() external {
        Exit storage exit = _exits[msg.sender];
        if (exit.maturesAt != 0 && block.timestamp < exit.lapsesAt) revert ExitAlreadyRequested(msg.sender);
        exit.counter += 1;
        exit.maturesAt = uint64(block.timestamp) + exitDelay;
        exit.lapsesAt = exit.maturesAt + exitWindow;
        emit ExitRequested(msg.sender, exit.counter, exit.maturesAt, exit.lapsesAt);
    }

    /// @inheritdoc IInferencePayment
    function cancelExit() external {
        Exit storage exit = _exits[msg.sender];
        if (exit.maturesAt == 0) revert ExitNotRequested(msg.sender);
        exit.maturesAt = 0;
        exit.lapsesAt = 0;
        emit ExitCancelled(msg.sender, exit.counter);
    }

    /// @inheritdoc IInferencePayment
    function finishExit(address wallet) external nonReentrant {
        Exit storage exit = _exits[wallet];
        if (exit.maturesAt == 0) revert ExitNotRequested(wallet);
        if (block.timestamp < exit.maturesAt) revert ExitNotMatured(wallet, exit.maturesAt);
        if (block.timestamp >= exit.lapsesAt) revert ExitLapsed(wallet, exit.lapsesAt);
        exit.maturesAt = 0;
        exit.lapsesAt = 0;
        uint256 amount = userBalances[wallet];
        userBalances[wallet] = 0;
        totalUserBalances -= amount;
        emit ExitFinished(wallet, exit.counter);
        emit Withdrawn(wallet, amount);
        token.safeTransfer(wallet, amount);
    }

    // ------------------------------------------------------------------ settlement

    /// @inheritdoc IInferencePayment
    function settleBatch(Batch calldata batch) external onlyRole(ORACLE_ROLE) whenNotPaused nonReentrant {
        if (batch.epoch != epoch + 1) revert EpochOutOfOrder(epoch + 1, batch.epoch);
        _checkSize(batch.debits.length);
        _checkSize(batch.credits.length);
        uint256 declaredAmount = Netting.check(batch);
        epoch = batch.epoch;
        receiptsRootOf[batch.epoch] = batch.receiptsRoot;

        uint256 movableAmount = movableBalance();
        uint256 fundedAmount = _collect(batch);
        _spendCaps(fundedAmount, movableAmount);
        _distribute(batch, fundedAmount, declaredAmount);
        emit BatchSettled(batch.epoch, batch.receiptsRoot, batch.taskCount, declaredAmount, fundedAmount);
    }

    /// @inheritdoc IInferencePayment
    function claim() external nonReentrant returns (uint256 amount) {
        amount = owed[msg.sender];
        if (amount == 0) revert NothingOwed(msg.sender);
        owed[msg.sender] = 0;
        totalOwed -= amount;
        emit Claimed(msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IInferencePayment
    function releasePending(address payee) external returns (uint256 amount) {
        amount = Math.min(pendingOf[payee], treasuryBalance);
        if (amount == 0) return 0;
        pendingOf[payee] -= amount;
        totalPending -= amount;
        treasuryBalance -= amount;
        owed[payee] += amount;
        totalOwed += amount;
        emit PendingReleased(payee, amount);
    }

    /// @inheritdoc IInferencePayment
    function releaseStakersPending() external returns (uint256 amount) {
        amount = Math.min(stakersPending, treasuryBalance);
        if (amount == 0) return 0;
        stakersPending -= amount;
        totalPending -= amount;
        treasuryBalance -= amount;
        stakersBalance += amount;
        emit PendingReleased(address(this), amount);
    }

    // ------------------------------------------------------------------ treasury and stakers

    /// @inheritdoc IInferencePayment
    function fundTreasury(uint256 amount) external nonReentrant {
        if (amount == 0) revert AmountZero();
        treasuryBalance += amount;
        emit TreasuryFunded(msg.sender, amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IInferencePayment
    function claimTreasury(uint256 amount) external nonReentrant {
        if (msg.sender != treasury) revert NotTreasury(msg.sender);
        if (amount == 0) revert AmountZero();
        uint256 availableAmount = Math.saturatingSub(treasuryBalance, totalPending);
        if (amount > availableAmount) revert TreasuryBalanceTooLow(amount, availableAmount);
        treasuryBalance -= amount;
        emit TreasuryClaimed(msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IInferencePayment
    function payStakers() external nonReentrant returns (uint256 amount) {
        if (staking == address(0)) revert AddressZero();
        if (msg.sender != staking && msg.sender != defaultAdmin()) revert NotStaking(msg.sender);
        amount = stakersBalance;
        stakersBalance = 0;
        emit StakersPaid(staking, amount);
        token.safeTransfer(staking, amount);
    }

    // ------------------------------------------------------------------ administration

    /// @inheritdoc IInferencePayment
    function setStaking(address newStaking) external onlyRole(DEFAULT_ADMIN_ROLE) {
        staking = newStaking;
        emit StakingChanged(newStaking);
    }

    /// @inheritdoc IInferencePayment
    function setTreasury(address newTreasury) external onlyRole(DEFAULT_ADMIN_ROLE) {
        if (newTreasury == address(0)) revert AddressZero();
        _setTreasury(newTreasury);
    }

    /// @inheritdoc IInferencePayment
    function pause() external onlyRole(PAUSER_ROLE) {
        _pause();
    }

    /// @inheritdoc IInferencePayment
    function unpause() external onlyRole(DEFAULT_ADMIN_ROLE) {
        _unpause();
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IInferencePayment
    function exitOf(address wallet) external view returns (uint64, uint64, uint64) {
        Exit storage exit = _exits[wallet];
        return (exit.counter, exit.maturesAt, exit.lapsesAt);
    }

    /// @inheritdoc IInferencePayment
    function liabilities() external view returns (uint256) {
        return totalUserBalances + totalOwed + stakersBalance + treasuryBalance;
    }

    /// @inheritdoc IInferencePayment
    function movableBalance() public view returns (uint256) {
        return totalUserBalances + treasuryBalance;
    }

    /// @inheritdoc IInferencePayment
    function settleableAmount() external view returns (uint256) {
        uint256 movableAmount = movableBalance();
        Caps.Day memory day = _day.windowAt(block.timestamp, movableAmount);
        return Math.min(Caps.share(movableAmount, epochCapBps), day.left(movableAmount, dayCapBps));
    }

    /// @inheritdoc IInferencePayment
    function getLatestPrice() external view returns (uint256 answer, uint256 updatedAt) {
        int256 signed;
        (, signed,, updatedAt,) = priceFeed.latestRoundData();
        if (signed <= 0 || updatedAt > block.timestamp) revert PriceInvalid(signed, updatedAt);
        if (block.timestamp - updatedAt > priceMaxAge) revert PriceStale(updatedAt, priceMaxAge);
        answer = uint256(signed);
    }

    // ------------------------------------------------------------------ inner parts

    /// @dev Books first, then moves: the token is ours, but the order costs nothing.
    function _deposit(uint256 amount) private {
        if (amount == 0) revert AmountZero();
        uint256 receivablePaidAmount = Math.min(receivableOf[msg.sender], amount);
        uint256 creditedAmount = amount - receivablePaidAmount;
        if (receivablePaidAmount != 0) {
            receivableOf[msg.sender] -= receivablePaidAmount;
            treasuryBalance += receivablePaidAmount;
        }
        userBalances[msg.sender] += creditedAmount;
        totalUserBalances += creditedAmount;
        emit Deposited(msg.sender, amount, creditedAmount, receivablePaidAmount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @dev Takes from the payers what they have and from the treasury the rest, as far as it goes.
    /// @return fundedAmount What was taken in all.
    function _collect(Batch calldata batch) private returns (uint256 fundedAmount) {
        uint256 shortfallAmount = 0;
        for (uint256 i = 0; i < batch.debits.length; ++i) {
            Debit calldata debit = batch.debits[i];
            uint256 balance = userBalances[debit.wallet];
            uint256 taken = Math.min(debit.amount, balance);
            userBalances[debit.wallet] = balance - taken;
            fundedAmount += taken;
            if (taken < debit.amount) {
                uint256 missing = debit.amount - taken;
                receivableOf[debit.wallet] += missing;
                shortfallAmount += missing;
                emit DebitShortfall(batch.epoch, debit.wallet, debit.amount, missing);
            }
        }
        totalUserBalances -= fundedAmount;

        uint256 ownAmount = Math.min(batch.treasuryDebitAmount, treasuryBalance);
        uint256 coveredAmount = Math.min(shortfallAmount, treasuryBalance - ownAmount);
        treasuryBalance -= ownAmount + coveredAmount;
        fundedAmount += ownAmount + coveredAmount;
        if (shortfallAmount != 0) emit ShortfallCovered(batch.epoch, shortfallAmount, coveredAmount);
    }

    /// @dev Counts what moves, not what was declared: a payer without money must not be able to hold an epoch up.
    function _spendCaps(uint256 movedAmount, uint256 movableAmount) private {
        uint256 epochCapAmount = Caps.share(movableAmount, epochCapBps);
        if (movedAmount > epochCapAmount) revert EpochCapExceeded(movedAmount, epochCapAmount);
        Caps.Day memory day = _day.windowAt(block.timestamp, movableAmount);
        uint256 leftAmount = day.left(movableAmount, dayCapBps);
        if (movedAmount > leftAmount) revert DayCapExceeded(movedAmount, leftAmount);
        day.movedAmount += movedAmount;
        _day = day;
    }

    /// @dev Rounding leaves at most one wei per credit; it goes to the treasury, which owes the pending parts.
    function _distribute(Batch calldata batch, uint256 fundedAmount, uint256 declaredAmount) private {
        uint256 owedAmount = 0;
        uint256 pendingAmount = 0;
        for (uint256 i = 0; i < batch.credits.length; ++i) {
            Credit calldata credit = batch.credits[i];
            (uint256 paid, uint256 pending) = Scaling.split(credit.amount, fundedAmount, declaredAmount);
            owed[credit.payee] += paid;
            owedAmount += paid;
            if (pending != 0) {
                pendingOf[credit.payee] += pending;
                pendingAmount += pending;
                emit CreditPending(batch.epoch, credit.payee, pending);
            }
        }
        (uint256 stakersPaid, uint256 stakersRest) = Scaling.split(batch.stakersAmount, fundedAmount, declaredAmount);
        if (stakersRest != 0) {
            stakersPending += stakersRest;
            pendingAmount += stakersRest;
            emit CreditPending(batch.epoch, address(this), stakersRest);
        }
        totalOwed += owedAmount;
        stakersBalance += stakersPaid;
        if (pendingAmount != 0) totalPending += pendingAmount;
        // The treasury's own credit takes what is left; its missing part is what it owes itself, so nothing is carried.
        treasuryBalance += fundedAmount - owedAmount - stakersPaid;
    }

    function _checkSize(uint256 count) private pure {
        if (count > BATCH_SIZE_MAX) revert BatchTooLarge(count, BATCH_SIZE_MAX);
    }

    function _setTreasury(address newTreasury) private {
        treasury = newTreasury;
        emit TreasuryChanged(newTreasury);
    }
}
