// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {FARToken} from "../../src/FARToken.sol";
import {InferencePayment} from "../../src/InferencePayment.sol";
import {SettableFeed} from "../../src/SettableFeed.sol";
import {Batch, Credit, Debit} from "../../src/types/Batch.sol";
import {PaymentParams} from "../../src/types/PaymentParams.sol";
import {vm} from "./Vm.sol";

/// @dev A deployed escrow, a payer with 1 000 FAR deposited, and ways to build batches.
abstract contract EscrowTest {
    address internal constant ADMIN = address(0xAD);
    address internal constant TREASURY = address(0x7E);
    address internal constant ORACLE = address(0x0A);
    address internal constant SIGNER = address(0x51);
    address internal constant PAUSER = address(0x9A);
    address internal constant STRANGER = address(0x57);
    address internal constant USER = address(0x1001);
    address internal constant OTHER_USER = address(0x1002);
    address internal constant NODE = address(0x2001);
    address internal constant OTHER_NODE = address(0x2002);

    uint32 internal constant EXIT_DELAY = 24 hours;
    uint32 internal constant EXIT_WINDOW = 7 days;
    uint32 internal constant PRICE_MAX_AGE = 1 hours;
    uint256 internal constant DEPOSIT = 1_000e18;
    uint256 internal constant START = 1_800_000_000;

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
            oracle: ORACLE,
            signer: SIGNER,
            pauser: PAUSER,
            adminDelay: 2 days,
            exitDelay: EXIT_DELAY,
            exitWindow: EXIT_WINDOW,
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
