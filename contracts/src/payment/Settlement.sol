// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IInferencePayment} from "../interfaces/IInferencePayment.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {Caps} from "../libraries/Caps.sol";
import {Netting} from "../libraries/Netting.sol";
import {Scaling} from "../libraries/Scaling.sol";
import {Batch, Credit, Debit, Hold} from "../types/Batch.sol";
import {PaymentBase} from "./PaymentBase.sol";

/// @title Netted epochs
abstract contract Settlement is PaymentBase {
    using Caps for Caps.Day;
    using SafeERC20 for IERC20;

    /// @dev What an epoch declared and what of it could be funded; every credit is cut to that share.
    struct Funding {
        uint64 epoch;
        uint256 fundedAmount;
        uint256 declaredAmount;
        uint256 pendingAmount;
    }

    /// @notice Most payers, and most payees, of one batch. A batch of both, all new to storage, takes less than the
    /// 16.7 M gas that one transaction may use since EIP-7825.
    uint256 public constant BATCH_SIZE_MAX = 400;

    /// @inheritdoc IInferencePayment
    mapping(uint64 settledEpoch => bytes32) public receiptsRootOf;

    Caps.Day private _day;

    /// @inheritdoc IInferencePayment
    function settleBatch(Batch calldata batch) external onlyRole(ORACLE_ROLE) whenNotPaused nonReentrant {
        if (batch.epoch != epoch + 1) revert EpochOutOfOrder(epoch + 1, batch.epoch);
        _checkSize(batch.debits.length);
        _checkSize(batch.credits.length + batch.holds.length);
        uint256 declaredAmount = Netting.check(batch);
        epoch = batch.epoch;
        receiptsRootOf[batch.epoch] = batch.receiptsRoot;

        _spendCaps(declaredAmount);
        uint256 fundedAmount = _collect(batch);
        _distribute(batch, Funding(batch.epoch, fundedAmount, declaredAmount, 0));
        emit BatchSettled(batch.epoch, batch.receiptsRoot, batch.taskCount, declaredAmount, fundedAmount);
    }

    /// @inheritdoc IInferencePayment
    function settleableAmount() external view returns (uint256) {
        uint256 movableAmount = movableBalance();
        Caps.Day memory day = _day.windowAt(block.timestamp, movableAmount);
        return Math.min(Caps.share(movableAmount, epochCapBps), day.left(movableAmount, dayCapBps));
    }

    /// @dev Makes a root claimable after its dispute window.
    function _publishRoot(uint64 settledEpoch, bytes32 payeesRoot, uint256 rootedAmount) internal virtual;

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

    /// @dev Counts what is declared, not only what moves: what cannot be funded becomes a debt of the treasury, and without a
    /// limit that debt would take all that the treasury ever gets. Whoever settles knows before what it declares, so a payer
    /// without money takes room, and holds no epoch up.
    function _spendCaps(uint256 declaredAmount) private {
        uint256 movableAmount = movableBalance();
        uint256 epochCapAmount = Caps.share(movableAmount, epochCapBps);
        if (declaredAmount > epochCapAmount) revert EpochCapExceeded(declaredAmount, epochCapAmount);
        Caps.Day memory day = _day.windowAt(block.timestamp, movableAmount);
        uint256 leftAmount = day.left(movableAmount, dayCapBps);
        if (declaredAmount > leftAmount) revert DayCapExceeded(declaredAmount, leftAmount);
        day.declaredAmount += declaredAmount;
        _day = day;
    }

    /// @dev Rounding leaves at most one wei per credit; it goes to the treasury, which owes the pending parts.
    function _distribute(Batch calldata batch, Funding memory funding) private {
        uint256 paidAmount = _credit(batch.credits, funding) + _hold(batch.holds, funding);

        if (batch.payeesRoot != 0) {
            _publishRoot(batch.epoch, batch.payeesRoot, batch.rootedAmount);
            (uint256 rootedPaid, uint256 rootedRest) = _cut(batch.rootedAmount, address(0), funding);
            rootedBalance += rootedPaid;
            rootedPending += rootedRest;
            paidAmount += rootedPaid;
        }
        (uint256 stakersPaid, uint256 stakersRest) = _cut(batch.stakersAmount, address(this), funding);
        stakersBalance += stakersPaid;
        if (stakersRest != 0) stakersPending += stakersRest;
        if (funding.pendingAmount != 0) totalPending += funding.pendingAmount;
        // The treasury's own credit takes what is left; its missing part is what it owes itself, so nothing is carried.
        treasuryBalance += funding.fundedAmount - paidAmount - stakersPaid;
    }

    function _credit(Credit[] calldata credits, Funding memory funding) private returns (uint256 paidAmount) {
        for (uint256 i = 0; i < credits.length; ++i) {
            Credit calldata credit = credits[i];
            _checkPayee(credit.payee);
            (uint256 paid, uint256 pending) = _cut(credit.amount, credit.payee, funding);
            owed[credit.payee] += paid;
            paidAmount += paid;
            if (pending != 0) pendingOf[credit.payee] += pending;
        }
        totalOwed += paidAmount;
    }

    /// @dev What the registry takes is sent to it in one transfer. What it does not take is its owner's to claim.
    function _hold(Hold[] calldata holds, Funding memory funding) private returns (uint256 paidAmount) {
        if (holds.length == 0) return 0;
        uint256 heldAmount = 0;
        for (uint256 i = 0; i < holds.length; ++i) {
            Hold calldata hold = holds[i];
            _checkPayee(hold.owner);
            (uint256 paid, uint256 pending) = _cut(hold.amount, hold.owner, funding);
            paidAmount += paid;
            if (pending != 0) pendingOf[hold.owner] += pending;
            if (paid == 0) continue;
            if (_creditHeld(hold, paid)) {
                heldAmount += paid;
                emit HoldPaid(hold.node, hold.owner, funding.epoch, paid);
            } else {
                owed[hold.owner] += paid;
                emit HoldRefused(hold.node, hold.owner, funding.epoch, paid);
            }
        }
        totalOwed += paidAmount - heldAmount;
        if (heldAmount != 0) token.safeTransfer(registry, heldAmount);
    }

    function _creditHeld(Hold calldata hold, uint256 amount) private returns (bool taken) {
        if (registry.code.length == 0) return false;
        try INodeRegistry(registry).creditHeld(hold.owner, hold.node, amount) {
            taken = true;
        } catch {}
    }

    /// @dev The funded part of a credit, and the rest, which is counted as pending.
    function _cut(uint256 amount, address payee, Funding memory funding)
        private
        returns (uint256 paid, uint256 pending)
    {
        (paid, pending) = Scaling.split(amount, funding.fundedAmount, funding.declaredAmount);
        if (pending == 0) return (paid, 0);
        funding.pendingAmount += pending;
        emit CreditPending(funding.epoch, payee, pending);
    }

    /// @dev Neither can claim; in events and in {cancelPending} they stand for others.
    function _checkPayee(address payee) private view {
        if (payee == address(0) || payee == address(this)) revert PayeeInvalid(payee);
    }

    function _checkSize(uint256 count) private pure {
        if (count > BATCH_SIZE_MAX) revert BatchTooLarge(count, BATCH_SIZE_MAX);
    }
}
