// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {FARToken} from "../../src/FARToken.sol";
import {InferencePayment} from "../../src/InferencePayment.sol";
import {SettableFeed} from "../../src/SettableFeed.sol";
import {Batch, Credit, Debit} from "../../src/types/Batch.sol";
import {PaymentParams} from "../../src/types/PaymentParams.sol";
import {Voucher} from "../../src/types/Voucher.sol";
import {Actors} from "./Actors.sol";
import {vm} from "./Vm.sol";
import {Vouchers} from "./Vouchers.sol";

/// @dev A deployed escrow, a payer with 1 000 FAR deposited, and ways to build batches.
abstract contract EscrowTest is Actors {
    FARToken internal token;
    SettableFeed internal feed;
    InferencePayment internal escrow;

    function setUp() public virtual {
        vm.warp(START);
        token = new FARToken(TREASURY);
        feed = new SettableFeed(ADMIN, 10_000_000);
        escrow = new InferencePayment(params());
        deposit(USER, DEPOSIT);
    }

    /// @dev No caps; tests of caps override it.
    function params() internal view virtual returns (PaymentParams memory) {
        return PaymentParams({
            token: address(token),
            priceFeed: address(feed),
            admin: ADMIN,
            treasury: TREASURY,
            registry: address(0),
            staking: address(0),
            timelock: TIMELOCK,
            oracle: ORACLE,
            signer: vm.addr(SIGNER_KEY),
            pauser: PAUSER,
            adminDelay: 2 days,
            exitDelay: EXIT_DELAY,
            exitWindow: EXIT_WINDOW,
            disputeDelay: DISPUTE_DELAY,
            taskTimeout: TASK_TIMEOUT,
            priceMaxAge: PRICE_MAX_AGE,
            epochCapBps: 10_000,
            dayCapBps: 10_000
        });
    }

    function give(address wallet, uint256 amount) internal {
        vm.prank(TREASURY);
        token.transfer(wallet, amount);
        vm.prank(wallet);
        token.approve(address(escrow), type(uint256).max);
    }

    function deposit(address wallet, uint256 amount) internal {
        give(wallet, amount);
        vm.prank(wallet);
        escrow.deposit(amount);
    }

    function fundTreasury(uint256 amount) internal {
        vm.prank(TREASURY);
        token.approve(address(escrow), amount);
        vm.prank(TREASURY);
        escrow.fundTreasury(amount);
    }

    function settle(Batch memory batch) internal {
        vm.prank(ORACLE);
        escrow.settleBatch(batch);
    }

    /// @dev The next epoch: one payer, one operator, 60/20/20, remainder to the treasury.
    function batchOf(address payer, uint256 amount, address payee) internal view returns (Batch memory batch) {
        batch = emptyBatch(1, 1);
        batch.taskCount = 1;
        batch.debits[0] = Debit(payer, amount);
        batch.credits[0] = Credit(payee, amount * 60 / 100);
        batch.stakersAmount = amount / 5;
        batch.treasuryAmount = amount - batch.credits[0].amount - batch.stakersAmount;
    }

    function emptyBatch(uint256 payers, uint256 payees) internal view returns (Batch memory batch) {
        batch.epoch = escrow.epoch() + 1;
        batch.receiptsRoot = keccak256(abi.encode("root", batch.epoch));
        batch.debits = new Debit[](payers);
        batch.credits = new Credit[](payees);
    }

    function withdraw(Voucher memory voucher, bytes memory signature) internal {
        vm.prank(STRANGER); // anyone may submit it
        escrow.withdraw(voucher, signature);
    }

    /// @dev A voucher as the network writes it, and its signature.
    function voucherOf(address wallet, uint256 amount, uint256 nonce) internal view returns (Voucher memory voucher) {
        (uint64 exitCounter,,) = escrow.exitOf(wallet);
        return Voucher(wallet, amount, nonce, exitCounter, uint64(block.timestamp + 1 hours));
    }

    function sign(Voucher memory voucher) internal view returns (bytes memory) {
        return Vouchers.sign(address(escrow), SIGNER_KEY, voucher);
    }

    /// @dev A first permit of that key's wallet, good for a second.
    function signPermit(uint256 key, address spender, uint256 amount) internal view returns (uint8, bytes32, bytes32) {
        bytes32 typeHash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 structHash = keccak256(abi.encode(typeHash, vm.addr(key), spender, amount, 0, START + 1));
        return vm.sign(key, keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), structHash)));
    }

    /// @dev The next epoch: one payer, whose operators are all in a root.
    function rootedBatch(address payer, uint256 amount, bytes32 payeesRoot) internal view returns (Batch memory batch) {
        batch = emptyBatch(1, 0);
        batch.taskCount = 1;
        batch.debits[0] = Debit(payer, amount);
        batch.payeesRoot = payeesRoot;
        batch.rootedAmount = amount * 60 / 100;
        batch.stakersAmount = amount / 5;
        batch.treasuryAmount = amount - batch.rootedAmount - batch.stakersAmount;
    }

    /// @dev The escrow never holds less than it owes; here nobody sends to it directly, so it holds exactly that.
    function assertSolvent() internal view {
        vm.assertEq(token.balanceOf(address(escrow)), escrow.liabilities(), "escrow holds what it owes");
    }

    function bound(uint256 value, uint256 min, uint256 max) internal pure returns (uint256) {
        return min + value % (max - min + 1);
    }

    function missingRole(address caller, bytes32 role) internal pure returns (bytes memory) {
        return abi.encodeWithSignature("AccessControlUnauthorizedAccount(address,bytes32)", caller, role);
    }
}
