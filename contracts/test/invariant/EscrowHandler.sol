// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {FARToken} from "../../src/FARToken.sol";
import {InferencePayment} from "../../src/InferencePayment.sol";
import {Batch, Credit, Debit} from "../../src/types/Batch.sol";
import {vm} from "../support/Vm.sol";

/// @dev Does whatever users, operators, the oracle, the treasury and strangers may do, in any order, and keeps its own
/// books (`ghost…`) by the rules of the ledger, not by looking at the escrow.
contract EscrowHandler {
    address public constant ADMIN = address(0xAD);
    address public constant TREASURY = address(0x7E);
    address public constant ORACLE = address(0x0A);
    address public constant STAKING = address(0x57A4);
    uint256 public constant USERS = 5;
    uint256 public constant NODES = 4;

    FARToken public token;
    InferencePayment public escrow;

    /// What each operator was credited by batches, and has claimed.
    mapping(address node => uint256) public ghostCredited;
    mapping(address node => uint256) public ghostClaimed;
    /// A user's deposits minus debits minus withdrawals, as the ledger has it: negative is a receivable.
    mapping(address user => int256) public ghostLedger;
    /// The treasury's account in the ledger: negative while it owes pending credits.
    int256 public ghostTreasury;
    uint256 public ghostStakersCredited;
    uint256 public ghostStakersPaid;
    uint256 public ghostPaidIn;
    uint256 public ghostPaidOut;
    uint256 public ghostDonated;
    mapping(bytes32 call => uint256) public calls;

    modifier counted(bytes32 name) {
        calls[name] += 1;
        _;
    }

    constructor(FARToken token_, InferencePayment escrow_) {
        token = token_;
        escrow = escrow_;
    }

    function user(uint256 seed) public pure returns (address) {
        return address(uint160(0x1000 + seed % USERS));
    }

    function node(uint256 seed) public pure returns (address) {
        return address(uint160(0x2000 + seed % NODES));
    }

    // ------------------------------------------------------------------ users

    function deposit(uint256 who, uint256 amount) external counted("deposit") {
        address wallet = user(who);
        amount = amount % 1_000e18 + 1;
        vm.prank(TREASURY);
        token.transfer(wallet, amount);
        vm.prank(wallet);
        token.approve(address(escrow), amount);
        vm.prank(wallet);
        escrow.deposit(amount);
        int256 before = ghostLedger[wallet];
        ghostLedger[wallet] = before + int256(amount);
        if (before < 0) ghostTreasury += -before < int256(amount) ? -before : int256(amount);
        ghostPaidIn += amount;
    }

    function requestExit(uint256 who) external counted("requestExit") {
        (, uint64 maturesAt, uint64 lapsesAt) = escrow.exitOf(user(who));
        if (maturesAt != 0 && block.timestamp < lapsesAt) return;
        vm.prank(user(who));
        escrow.requestExit();
    }

    function cancelExit(uint256 who) external counted("cancelExit") {
        (, uint64 maturesAt,) = escrow.exitOf(user(who));
        if (maturesAt == 0) return;
        vm.prank(user(who));
        escrow.cancelExit();
    }

    function finishExit(uint256 who) public counted("finishExit") {
        address wallet = user(who);
        (, uint64 maturesAt, uint64 lapsesAt) = escrow.exitOf(wallet);
        if (maturesAt == 0 || block.timestamp < maturesAt || block.timestamp >= lapsesAt) return;
        uint256 before = token.balanceOf(wallet);
        escrow.finishExit(wallet);
        uint256 paid = token.balanceOf(wallet) - before;
        ghostLedger[wallet] -= int256(paid);
        ghostPaidOut += paid;
    }

    // ------------------------------------------------------------------ settlement

    /// @dev Any debits, also of wallets that have left; a split as the price rules give it. The same epoch a second time
    /// must fail.
    function settle(uint256 seed, uint8 payers, uint8 payees, bool treasuryPays) external counted("settle") {
        Batch memory batch = randomBatch(seed, payers % 4, payees % 3 + 1, treasuryPays);
        vm.prank(ORACLE);
        try escrow.settleBatch(batch) {
            book(batch);
            vm.prank(ORACLE);
            vm.expectRevert(abi.encodeWithSignature("EpochOutOfOrder(uint64,uint64)", batch.epoch + 1, batch.epoch));
            escrow.settleBatch(batch);
        } catch (bytes memory reason) {
            // Only a cap may refuse it, and only by counting what would really have moved.
            bytes4 selector = bytes4(reason);
            vm.assertTrue(
                selector == bytes4(keccak256("EpochCapExceeded(uint256,uint256)"))
                    || selector == bytes4(keccak256("DayCapExceeded(uint256,uint256)")),
                "only a cap may refuse a batch"
            );
            vm.assertLt(escrow.settleableAmount(), declaredOf(batch), "the cap was exceeded");
            calls["settle refused by a cap"] += 1;
        }
    }

    function declaredOf(Batch memory batch) private pure returns (uint256 sum) {
        sum = batch.treasuryDebitAmount;
        for (uint256 i = 0; i < batch.debits.length; ++i) {
            sum += batch.debits[i].amount;
        }
    }

    function randomBatch(uint256 seed, uint256 payers, uint256 payees, bool treasuryPays)
        private
        view
        returns (Batch memory batch)
    {
        batch.epoch = escrow.epoch() + 1;
        batch.receiptsRoot = keccak256(abi.encode(seed));
        batch.debits = new Debit[](payers);
        batch.credits = new Credit[](payees);
        uint256 declared = 0;
        for (uint256 i = 0; i < payers; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, "debit", i)));
            // Some pay dust, most pay a small part, some far more than they have.
            uint256 size = draw % 8 == 0 ? 2_000e18 : draw % 8 == 1 ? 10 : 20e18;
            batch.debits[i] = Debit(user(draw >> 8), (draw >> 16) % size);
            declared += batch.debits[i].amount;
        }
        if (treasuryPays) {
            batch.treasuryDebitAmount = uint256(keccak256(abi.encode(seed, "treasury"))) % 30e18;
            declared += batch.treasuryDebitAmount;
        }
        batch.taskCount = 1;
        batch.stakersAmount = declared / 5;
        uint256 bonusBps = uint256(keccak256(abi.encode(seed, "score"))) % 1_201; // 54 % to 66 %
        uint256 operators = declared * (5_400 + bonusBps) / 10_000;
        batch.treasuryAmount = declared - batch.stakersAmount - operators;
        for (uint256 i = 0; i < payees; ++i) {
            uint256 part = i + 1 == payees ? operators : operators / 3;
            batch.credits[i] = Credit(node(uint256(keccak256(abi.encode(seed, "credit", i)))), part);
            operators -= part;
        }
    }

    function book(Batch memory batch) private {
        for (uint256 i = 0; i < batch.debits.length; ++i) {
            int256 before = ghostLedger[batch.debits[i].wallet];
            int256 amount = int256(batch.debits[i].amount);
            ghostLedger[batch.debits[i].wallet] = before - amount;
            int256 available = before > 0 ? before : int256(0);
            int256 shortfall = amount > available ? amount - available : int256(0);
            ghostTreasury -= shortfall; // covered now, or owed as pending
        }
        for (uint256 i = 0; i < batch.credits.length; ++i) {
            ghostCredited[batch.credits[i].payee] += batch.credits[i].amount;
        }
        ghostStakersCredited += batch.stakersAmount;
        ghostTreasury += int256(batch.treasuryAmount) - int256(batch.treasuryDebitAmount);
    }

    function claim(uint256 who) public counted("claim") {
        address payee = node(who);
        if (escrow.owed(payee) == 0) return;
        vm.prank(payee);
        uint256 amount = escrow.claim();
        ghostClaimed[payee] += amount;
        ghostPaidOut += amount;
    }

    function releasePending(uint256 who) public counted("releasePending") {
        escrow.releasePending(node(who));
    }

    function releaseStakersPending() public counted("releaseStakersPending") {
        escrow.releaseStakersPending();
    }

    // ------------------------------------------------------------------ treasury, stakers, strangers, time

    function fundTreasury(uint256 amount) external counted("fundTreasury") {
        amount = amount % 100e18 + 1;
        vm.prank(TREASURY);
        token.approve(address(escrow), amount);
        vm.prank(TREASURY);
        escrow.fundTreasury(amount);
        ghostTreasury += int256(amount);
        ghostPaidIn += amount;
    }

    function claimTreasury(uint256 amount) external counted("claimTreasury") {
        if (escrow.treasuryBalance() <= escrow.totalPending()) return;
        takeTreasury(amount % (escrow.treasuryBalance() - escrow.totalPending()) + 1);
    }

    function takeTreasury(uint256 amount) public {
        vm.prank(TREASURY);
        escrow.claimTreasury(amount);
        ghostTreasury -= int256(amount);
        ghostPaidOut += amount;
    }

    function payStakers() public counted("payStakers") {
        vm.prank(STAKING);
        uint256 amount = escrow.payStakers();
        ghostStakersPaid += amount;
        ghostPaidOut += amount;
    }

    function donate(uint256 amount) external counted("donate") {
        amount = amount % 10e18;
        vm.prank(TREASURY);
        token.transfer(address(escrow), amount);
        ghostDonated += amount;
    }

    function passTime(uint256 secs) external counted("passTime") {
        vm.warp(block.timestamp + secs % 2 days);
    }
}
