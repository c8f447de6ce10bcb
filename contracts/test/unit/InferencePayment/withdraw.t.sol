// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {Voucher} from "../../../src/types/Voucher.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";
import {Vouchers} from "../../support/Vouchers.sol";

contract WithdrawTest is EscrowTest {
    function refuses(Voucher memory voucher, bytes memory signature, bytes memory reason) private {
        vm.expectRevert(reason);
        withdraw(voucher, signature);
    }

    function refusesSignature(Voucher memory voucher, bytes memory signature) private {
        refuses(voucher, signature, abi.encodePacked(IInferencePayment.VoucherSignatureInvalid.selector));
    }

    function testFuzz_anyoneMaySubmitAndOnlyTheWalletIsPaid(uint256 amount, uint256 nonce) public {
        amount = bound(amount, 1, DEPOSIT);
        Voucher memory voucher = voucherOf(USER, amount, nonce);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.VoucherPaid(USER, nonce, amount);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.Withdrawn(USER, amount);
        withdraw(voucher, sign(voucher));
        vm.assertEq(token.balanceOf(USER), amount);
        vm.assertEq(escrow.userBalances(USER), DEPOSIT - amount);
        vm.assertTrue(escrow.voucherUsed(USER, nonce), "used");
        assertSolvent();
    }

    function test_paysOnce() public {
        Voucher memory voucher = voucherOf(USER, 1e18, 7);
        bytes memory signature = sign(voucher);
        withdraw(voucher, signature);
        bytes memory used = abi.encodeWithSelector(IInferencePayment.VoucherUsed.selector, USER, 7);
        refuses(voucher, signature, used);
        voucher.amount = 2e18; // another voucher under the same nonce is no second chance
        refuses(voucher, sign(voucher), used);
    }

    function test_noncesOfOneWalletAreNotAnothers() public {
        deposit(OTHER_USER, 5e18);
        Voucher memory voucher = voucherOf(USER, 1e18, 7);
        withdraw(voucher, sign(voucher));
        voucher = voucherOf(OTHER_USER, 1e18, 7);
        withdraw(voucher, sign(voucher));
        vm.assertTrue(!escrow.voucherUsed(USER, 8) && !escrow.voucherUsed(USER, 7 + 256), "neighbours are free");
    }

    function test_expiresAfterItsLastSecond() public {
        Voucher memory voucher = voucherOf(USER, 1e18, 1);
        bytes memory signature = sign(voucher);
        vm.warp(voucher.expiresAt + 1);
        refuses(
            voucher, signature, abi.encodeWithSelector(IInferencePayment.VoucherExpired.selector, voucher.expiresAt)
        );
        vm.warp(voucher.expiresAt);
        withdraw(voucher, signature);
    }

    /// @dev What is signed before the wallet asked to leave is void for good; what is signed while the exit is open, too, until
    /// that ends.
    function test_anExitVoidsVouchers() public {
        Voucher memory before = voucherOf(USER, 1e18, 1);
        bytes memory signature = sign(before);
        vm.prank(USER);
        escrow.requestExit();
        bytes memory void = abi.encodeWithSelector(IInferencePayment.VoucherVoid.selector, USER, 1);
        refuses(before, signature, void);
        Voucher memory during = voucherOf(USER, 1e18, 2);
        refuses(during, sign(during), void);
        vm.prank(USER);
        escrow.cancelExit();
        refuses(before, signature, void);
        withdraw(during, sign(during));
        assertSolvent();
    }

    function test_aLapsedExitIsNotOpen() public {
        vm.prank(USER);
        escrow.requestExit();
        vm.warp(START + EXIT_DELAY + EXIT_WINDOW - 1);
        Voucher memory voucher = voucherOf(USER, 1e18, 1);
        refuses(voucher, sign(voucher), abi.encodeWithSelector(IInferencePayment.VoucherVoid.selector, USER, 1));
        vm.warp(START + EXIT_DELAY + EXIT_WINDOW);
        withdraw(voucher, sign(voucher));
    }

    function test_refusesMoreThanTheBalance() public {
        Voucher memory voucher = voucherOf(USER, DEPOSIT + 1, 1);
        refuses(
            voucher,
            sign(voucher),
            abi.encodeWithSelector(IInferencePayment.BalanceTooLow.selector, USER, DEPOSIT + 1, DEPOSIT)
        );
    }

    /// @dev Money spent and settled is gone, whatever was signed before.
    function test_refusesWhatWasSpentMeanwhile() public {
        Voucher memory voucher = voucherOf(USER, DEPOSIT, 1);
        settle(batchOf(USER, 1e18, NODE));
        refuses(
            voucher,
            sign(voucher),
            abi.encodeWithSelector(IInferencePayment.BalanceTooLow.selector, USER, DEPOSIT, DEPOSIT - 1e18)
        );
    }

    function test_refusesZero() public {
        Voucher memory voucher = voucherOf(USER, 0, 1);
        refuses(voucher, sign(voucher), abi.encodePacked(IInferencePayment.AmountZero.selector));
    }

    function test_worksWhilePaused() public {
        vm.prank(PAUSER);
        escrow.pause();
        Voucher memory voucher = voucherOf(USER, DEPOSIT, 1);
        withdraw(voucher, sign(voucher));
        vm.assertEq(token.balanceOf(USER), DEPOSIT);
    }

    // ------------------------------------------------------------------ the signature

    function testFuzz_refusesOtherSigners(uint256 key) public {
        key = bound(key, 1, 1e30);
        vm.assume(key != SIGNER_KEY);
        Voucher memory voucher = voucherOf(USER, 1e18, 1);
        refusesSignature(voucher, Vouchers.sign(address(escrow), key, voucher));
    }

    function test_refusesASignerWhoseRoleWasTaken() public {
        bytes32 role = escrow.SIGNER_ROLE();
        vm.prank(ADMIN);
        escrow.revokeRole(role, vm.addr(SIGNER_KEY));
        Voucher memory voucher = voucherOf(USER, 1e18, 1);
        refusesSignature(voucher, sign(voucher));
    }

    function testFuzz_aMutatedWalletBreaksTheSignature(address wallet) public {
        vm.assume(wallet != USER && wallet != address(0));
        Voucher memory voucher = voucherOf(USER, 1e18, 1);
        bytes memory signature = sign(voucher);
        voucher.wallet = wallet;
        refusesSignature(voucher, signature);
    }

    function testFuzz_aMutatedAmountBreaksTheSignature(uint256 amount) public {
        vm.assume(amount != 1e18 && amount != 0);
        Voucher memory voucher = voucherOf(USER, 1e18, 1);
        bytes memory signature = sign(voucher);
        voucher.amount = amount;
        refusesSignature(voucher, signature);
    }

    function testFuzz_aMutatedNonceBreaksTheSignature(uint256 nonce) public {
        vm.assume(nonce != 1);
        Voucher memory voucher = voucherOf(USER, 1e18, 1);
        bytes memory signature = sign(voucher);
        voucher.nonce = nonce;
        refusesSignature(voucher, signature);
    }

    /// @dev A voucher signed for another count of exits: named as the wallet's own count, its signature does not fit.
    function testFuzz_aMutatedExitCounterBreaksTheSignature(uint64 exitCounter) public {
        vm.assume(exitCounter != 0);
        Voucher memory voucher = voucherOf(USER, 1e18, 1);
        voucher.exitCounter = exitCounter;
        bytes memory signature = sign(voucher);
        voucher.exitCounter = 0;
        refusesSignature(voucher, signature);
    }

    function testFuzz_aMutatedExpiryBreaksTheSignature(uint64 expiresAt) public {
        Voucher memory voucher = voucherOf(USER, 1e18, 1);
        vm.assume(expiresAt >= START && expiresAt != voucher.expiresAt);
        bytes memory signature = sign(voucher);
        voucher.expiresAt = expiresAt;
        refusesSignature(voucher, signature);
    }

    /// @dev Name, version, chain and contract are part of what is signed.
    function test_eachFieldOfTheDomainBindsTheSignature() public {
        Voucher memory voucher = voucherOf(USER, 1e18, 1);
        bytes32[4] memory domains = [
            Vouchers.domainOf("Far inferencePayment", "1", block.chainid, address(escrow)),
            Vouchers.domainOf("Far InferencePayment", "2", block.chainid, address(escrow)),
            Vouchers.domainOf("Far InferencePayment", "1", block.chainid + 1, address(escrow)),
            Vouchers.domainOf("Far InferencePayment", "1", block.chainid, address(token))
        ];
        for (uint256 i = 0; i < domains.length; ++i) {
            refusesSignature(voucher, Vouchers.signIn(domains[i], SIGNER_KEY, voucher));
        }
        withdraw(voucher, sign(voucher));
    }

    function testFuzz_aMutatedSignatureIsRefused(uint256 index, uint8 bit) public {
        Voucher memory voucher = voucherOf(USER, 1e18, 1);
        bytes memory signature = sign(voucher);
        index = index % 65;
        signature[index] = bytes1(uint8(signature[index]) ^ uint8(1 << (bit % 8)));
        refusesSignature(voucher, signature);
    }

    /// @dev (r, n − s, v′) would be valid on the curve.
    function test_refusesTheOtherSignatureOfTheCurve() public {
        Voucher memory voucher = voucherOf(USER, 1e18, 1);
        bytes memory signature = sign(voucher);
        (bytes32 r, uint256 s, uint8 v) =
            (bytes32(slice(signature, 0)), uint256(slice(signature, 32)), uint8(signature[64]));
        uint256 n = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        refusesSignature(voucher, abi.encodePacked(r, n - s, v == 27 ? uint8(28) : uint8(27)));
    }

    function test_refusesSignaturesOfOtherLengths() public {
        Voucher memory voucher = voucherOf(USER, 1e18, 1);
        refusesSignature(voucher, "");
        refusesSignature(voucher, abi.encodePacked(sign(voucher), uint8(0)));
        refusesSignature(voucher, new bytes(65));
    }

    function slice(bytes memory data, uint256 offset) private pure returns (bytes32 word) {
        for (uint256 i = 0; i < 32; ++i) {
            word |= bytes32(data[offset + i]) >> (8 * i);
        }
    }
}
