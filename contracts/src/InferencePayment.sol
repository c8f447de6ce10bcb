// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IInferencePayment} from "./interfaces/IInferencePayment.sol";
import {Payees} from "./payment/Payees.sol";
import {PaymentBase} from "./payment/PaymentBase.sol";
import {Tasks} from "./payment/Tasks.sol";
import {Wallets} from "./payment/Wallets.sol";
import {PaymentParams} from "./types/PaymentParams.sol";

/// @title Inference payment
/// @notice See {IInferencePayment}. In `payment/`: {Wallets} in and out, {Settlement} epochs, {Payees} claims, {Tasks} single
/// tasks; here the treasury, the stakers' pool, the price and who may change what.
contract InferencePayment is Wallets, Payees, Tasks {
    using SafeERC20 for IERC20;

    constructor(PaymentParams memory params) PaymentBase(params) {}

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
        if (msg.sender != staking) revert NotStaking(msg.sender);
        amount = stakersBalance;
        if (amount == 0) return 0;
        stakersBalance = 0;
        emit StakersPaid(msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    // ------------------------------------------------------------------ administration

    /// @inheritdoc IInferencePayment
    function setStaking(address newStaking) external onlyRole(PARAMETER_ROLE) {
        _setStaking(newStaking);
    }

    /// @inheritdoc IInferencePayment
    function setTreasury(address newTreasury) external onlyRole(PARAMETER_ROLE) {
        _setTreasury(newTreasury);
    }

    /// @inheritdoc IInferencePayment
    function setRegistry(address newRegistry) external onlyRole(PARAMETER_ROLE) {
        _setRegistry(newRegistry);
    }

    /// @inheritdoc IInferencePayment
    function forgiveReceivable(address wallet, uint256 amount)
        external
        onlyRole(PARAMETER_ROLE)
        returns (uint256 forgivenAmount)
    {
        forgivenAmount = Math.min(amount, receivableOf[wallet]);
        if (forgivenAmount == 0) return 0;
        receivableOf[wallet] -= forgivenAmount;
        emit ReceivableForgiven(wallet, forgivenAmount);
    }

    /// @inheritdoc IInferencePayment
    function pause() external onlyRole(PAUSER_ROLE) {
        _pause();
    }

    /// @inheritdoc IInferencePayment
    function unpause() external onlyRole(DEFAULT_ADMIN_ROLE) {
        _unpause();
    }

    // ------------------------------------------------------------------ price

    /// @inheritdoc IInferencePayment
    function getLatestPrice() external view returns (uint256 answer, uint256 updatedAt) {
        int256 signed;
        (, signed,, updatedAt,) = priceFeed.latestRoundData();
        if (signed <= 0 || updatedAt > block.timestamp) revert PriceInvalid(signed, updatedAt);
        if (block.timestamp - updatedAt > priceMaxAge) revert PriceStale(updatedAt, priceMaxAge);
        answer = uint256(signed);
    }
}
