// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {Voucher} from "../../../src/types/Voucher.sol";
import {vm} from "../../support/Vm.sol";
import {Vouchers} from "../../support/Vouchers.sol";
import {Books} from "../Books.sol";

/// @dev What users do with their deposits.
abstract contract WalletActions is Books {
    /// When a wallet's open request matures; and how many it has made.
    mapping(address user => uint256) internal ghostMaturesAt;
    mapping(address user => uint64) internal ghostExits;
    uint256 private _nonce;

    function deposit(uint256 who, uint256 amount) public {
        address wallet = user(who);
        amount = amount % 8 == 0 ? amount % 10 + 1 : amount % 1_000e18 + 1;
        arm(wallet, amount, address(escrow));
        act("deposit", wallet, address(escrow), abi.encodeCall(escrow.deposit, (amount)), 0);
        int256 before = ghostLedger[wallet];
        ghostLedger[wallet] = before + int256(amount);
        if (before < 0) ghostTreasury += -before < int256(amount) ? -before : int256(amount);
        ghostPaidIn += amount;
    }

    /// @dev What a wallet owes, or a wei more, which changes nothing.
    function forgiveReceivable(uint256 who, uint256 amount) external {
        address wallet = user(who);
        uint256 owes = ghostLedger[wallet] < 0 ? uint256(-ghostLedger[wallet]) : 0;
        amount = amount % (owes + 2);
        bytes memory data = abi.encodeCall(escrow.forgiveReceivable, (wallet, amount));
        uint256 forgiven = abi.decode(act("forgiveReceivable", TIMELOCK, address(escrow), data, 0), (uint256));
        vm.assertEq(forgiven, amount < owes ? amount : owes, "what is still owed");
        ghostLedger[wallet] += int256(forgiven);
    }

    function requestExit(uint256 who) public {
        bytes4 expected = exitOpen(user(who)) ? IInferencePayment.ExitAlreadyRequested.selector : bytes4(0);
        act("requestExit", user(who), address(escrow), abi.encodeCall(escrow.requestExit, ()), expected);
        if (expected != 0) return;
        ghostMaturesAt[user(who)] = block.timestamp + EXIT_DELAY;
        ghostExits[user(who)] += 1;
    }

    function cancelExit(uint256 who) external {
        address wallet = user(who);
        for (uint256 i = 1; i < USERS && ghostMaturesAt[wallet] == 0; ++i) {
            wallet = user(who % SEEDS + i);
        }
        if (ghostMaturesAt[wallet] == 0) requestExit(uint160(wallet) - 0x1001);
        cancel(wallet);
    }

    /// @dev One of eight does not wait.
    function finishExit(uint256 who, uint8 hurry) external {
        address wallet = user(who);
        if (!exitOpen(wallet)) requestExit(who);
        uint256 maturesAt = ghostMaturesAt[wallet];
        bool early = block.timestamp < maturesAt;
        if (early && hurry % 8 != 0) vm.warp(maturesAt);
        finish(wallet, block.timestamp < maturesAt ? IInferencePayment.ExitNotMatured.selector : bytes4(0));
    }

    /// @dev Vouchers of the ledger: never for a wallet that is leaving, never above what it has. Before the right one, one that was
    /// tampered with.
    function withdraw(uint256 who, uint256 amount, uint8 field) external {
        address wallet = user(who);
        for (uint256 i = 1; i < USERS && (ghostLedger[wallet] <= 0 || exitOpen(wallet)); ++i) {
            wallet = user(who % SEEDS + i);
        }
        if (ghostLedger[wallet] <= 0 && field % 16 != 15) deposit(uint160(wallet) - 0x1001, 999e18);
        if (field % 16 == 14) {
            if (!exitOpen(wallet)) requestExit(uint160(wallet) - 0x1001);
        } else if (exitOpen(wallet)) {
            cancel(wallet);
        }
        uint256 balance = ghostLedger[wallet] > 0 ? uint256(ghostLedger[wallet]) : 0;
        Voucher memory voucher = Voucher(
            wallet,
            balance == 0 ? 1 : amount % balance + 1,
            _nonce++,
            ghostExits[wallet],
            uint64(block.timestamp + 1 hours)
        );
        bytes memory signature = Vouchers.sign(address(escrow), SIGNER_KEY, voucher);
        if (field % 8 == 0) submitForged(voucher, signature, field / 8);
        bytes4 expected = 0;
        if (exitOpen(wallet)) expected = IInferencePayment.VoucherVoid.selector;
        else if (balance == 0) expected = IInferencePayment.BalanceTooLow.selector;
        bytes memory data = abi.encodeCall(escrow.withdraw, (voucher, signature));
        act("withdraw", STRANGER, address(escrow), data, expected);
        if (expected != 0) return;
        ghostLedger[wallet] -= int256(voucher.amount);
        ghostPaidOut += voucher.amount;
        if (field % 8 == 1) {
            act("withdraw", STRANGER, address(escrow), data, IInferencePayment.VoucherUsed.selector);
        }
    }

    function finish(address wallet, bytes4 expected) internal {
        uint256 before = token.balanceOf(wallet);
        act("finishExit", STRANGER, address(escrow), abi.encodeCall(escrow.finishExit, (wallet)), expected);
        uint256 paid = token.balanceOf(wallet) - before;
        if (expected != 0) return;
        vm.assertEq(int256(paid), ghostLedger[wallet] > 0 ? ghostLedger[wallet] : int256(0), "all of it");
        ghostMaturesAt[wallet] = 0;
        ghostLedger[wallet] -= int256(paid);
        ghostPaidOut += paid;
    }

    function exitOpen(address wallet) internal view returns (bool) {
        uint256 maturesAt = ghostMaturesAt[wallet];
        return maturesAt != 0 && block.timestamp < maturesAt + EXIT_WINDOW;
    }

    function cancel(address wallet) private {
        act("cancelExit", wallet, address(escrow), abi.encodeCall(escrow.cancelExit, ()), 0);
        ghostMaturesAt[wallet] = 0;
    }

    function submitForged(Voucher memory voucher, bytes memory signature, uint8 field) private {
        if (exitOpen(voucher.wallet)) return;
        Voucher memory forged = abi.decode(abi.encode(voucher), (Voucher));
        field = field % 4;
        if (field == 0) forged.amount += 1;
        else if (field == 1) forged.nonce += 1e18;
        else if (field == 2) forged.expiresAt += 1;
        else forged.wallet = address(0xF0); // never asked to leave: its counter is zero
        bool void = field == 3 && forged.exitCounter != 0;
        bytes4 expected =
            void ? IInferencePayment.VoucherVoid.selector : IInferencePayment.VoucherSignatureInvalid.selector;
        bytes memory data = abi.encodeCall(escrow.withdraw, (forged, signature));
        act("withdraw", STRANGER, address(escrow), data, expected);
    }
}
