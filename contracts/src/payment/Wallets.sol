// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

import {IInferencePayment} from "../interfaces/IInferencePayment.sol";
import {Voucher} from "../types/Voucher.sol";
import {PaymentBase} from "./PaymentBase.sol";

/// @title How users pay in and leave
/// @dev Nothing here can be paused.
abstract contract Wallets is PaymentBase, EIP712 {
    using BitMaps for BitMaps.BitMap;
    using SafeERC20 for IERC20;

    /// @dev A wallet's exit: 192 bits, one slot.
    struct Exit {
        uint64 counter;
        uint64 maturesAt;
        uint64 lapsesAt;
    }

    bytes32 private constant VOUCHER_TYPEHASH =
        keccak256("Voucher(address wallet,uint256 amount,uint256 nonce,uint64 exitCounter,uint64 expiresAt)");

    mapping(address wallet => Exit) private _exits;
    mapping(address wallet => BitMaps.BitMap) private _vouchersUsed;

    constructor() EIP712("Far InferencePayment", "1") {}

    /// @inheritdoc IInferencePayment
    function deposit(uint256 amount) external nonReentrant {
        _deposit(amount);
    }

    /// @inheritdoc IInferencePayment
    function depositWithPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external nonReentrant {
        _permit(amount, deadline, v, r, s);
        _deposit(amount);
    }

    /// @inheritdoc IInferencePayment
    function requestExit() external {
        Exit storage exit = _exits[msg.sender];
        if (_isOpen(exit)) revert ExitAlreadyRequested(msg.sender);
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
        emit ExitFinished(wallet, exit.counter, amount);
        _payWallet(wallet, amount);
    }

    /// @inheritdoc IInferencePayment
    function withdraw(Voucher calldata voucher, bytes calldata signature) external nonReentrant {
        if (voucher.amount == 0) revert AmountZero();
        if (block.timestamp > voucher.expiresAt) revert VoucherExpired(voucher.expiresAt);
        if (_vouchersUsed[voucher.wallet].get(voucher.nonce)) revert VoucherUsed(voucher.wallet, voucher.nonce);
        Exit storage exit = _exits[voucher.wallet];
        if (exit.counter != voucher.exitCounter || _isOpen(exit)) revert VoucherVoid(voucher.wallet, exit.counter);
        _checkSignature(voucher, signature);
        uint256 balance = userBalances[voucher.wallet];
        if (voucher.amount > balance) revert BalanceTooLow(voucher.wallet, voucher.amount, balance);
        _vouchersUsed[voucher.wallet].set(voucher.nonce);
        emit VoucherPaid(voucher.wallet, voucher.nonce, voucher.amount);
        _payWallet(voucher.wallet, voucher.amount);
    }

    /// @inheritdoc IInferencePayment
    function voucherUsed(address wallet, uint256 nonce) external view returns (bool) {
        return _vouchersUsed[wallet].get(nonce);
    }

    /// @inheritdoc IInferencePayment
    function exitOf(address wallet) external view returns (uint64, uint64, uint64) {
        Exit storage exit = _exits[wallet];
        return (exit.counter, exit.maturesAt, exit.lapsesAt);
    }

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

    function _payWallet(address wallet, uint256 amount) private {
        userBalances[wallet] -= amount;
        totalUserBalances -= amount;
        emit Withdrawn(wallet, amount);
        token.safeTransfer(wallet, amount);
    }

    function _checkSignature(Voucher calldata voucher, bytes calldata signature) private view {
        bytes32 structHash = keccak256(
            abi.encode(
                VOUCHER_TYPEHASH, voucher.wallet, voucher.amount, voucher.nonce, voucher.exitCounter, voucher.expiresAt
            )
        );
        (address signer, ECDSA.RecoverError problem,) =
            ECDSA.tryRecoverCalldata(_hashTypedDataV4(structHash), signature);
        if (problem != ECDSA.RecoverError.NoError || !hasRole(SIGNER_ROLE, signer)) revert VoucherSignatureInvalid();
    }

    function _isOpen(Exit storage exit) private view returns (bool) {
        return exit.maturesAt != 0 && block.timestamp < exit.lapsesAt;
    }
}
