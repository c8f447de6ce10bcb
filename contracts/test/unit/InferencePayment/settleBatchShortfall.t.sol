// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {Batch, Credit, Debit} from "../../../src/types/Batch.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

/// @dev settleBatch with payers, or a treasury, that have less than the batch says.
contract SettleBatchShortfallTest is EscrowTest {
    function test_theTreasuryCoversAndTheWalletOwes() public {
        fundTreasury(500e18);
        Batch memory batch = batchOf(USER, DEPOSIT + 300e18, NODE);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.DebitShortfall(1, USER, DEPOSIT + 300e18, 300e18);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.ShortfallCovered(1, 300e18, 300e18);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.BatchSettled(1, batch.receiptsRoot, 1, DEPOSIT + 300e18, DEPOSIT + 300e18);
        settle(batch);
        vm.assertEq(escrow.userBalances(USER), 0);
        vm.assertEq(escrow.receivableOf(USER), 300e18);
        vm.assertEq(escrow.owed(NODE), 780e18);
        vm.assertEq(escrow.treasuryBalance(), 200e18 + 260e18);
        vm.assertEq(escrow.totalPending(), 0);
        assertSolvent();
    }

    /// @dev One payer of two has nothing, the treasury neither: everybody gets the funded half, the rest is carried.
    function test_scalesEveryCreditWhenTheTreasuryCannotCover() public {
        Batch memory batch = emptyBatch(2, 2);
        batch.taskCount = 2;
        batch.debits[0] = Debit(USER, 100e18);
        batch.debits[1] = Debit(OTHER_USER, 100e18);
        batch.credits[0] = Credit(NODE, 80e18);
        batch.credits[1] = Credit(OTHER_NODE, 40e18);
        batch.stakersAmount = 40e18;
        batch.treasuryAmount = 40e18;
        vm.expectEmit(address(escrow));
        emit IInferencePayment.ShortfallCovered(1, 100e18, 0);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.CreditPending(1, NODE, 40e18);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.CreditPending(1, OTHER_NODE, 20e18);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.CreditPending(1, address(escrow), 20e18);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.BatchSettled(1, batch.receiptsRoot, 2, 200e18, 100e18);
        settle(batch);
        vm.assertEq(escrow.owed(NODE), 40e18);
        vm.assertEq(escrow.pendingOf(NODE), 40e18);
        vm.assertEq(escrow.owed(OTHER_NODE), 20e18);
        vm.assertEq(escrow.stakersBalance(), 20e18);
        vm.assertEq(escrow.stakersPending(), 20e18);
        vm.assertEq(escrow.treasuryBalance(), 20e18);
        vm.assertEq(escrow.totalPending(), 80e18);
        assertSolvent();
    }

    /// @dev When the wallet pays what it owes, the pending credits can be released to the last wei.
    function test_theNextDepositMakesPendingWhole() public {
        settle(batchOf(OTHER_USER, 100e18, NODE));
        vm.assertEq(escrow.pendingOf(NODE), 60e18);
        deposit(OTHER_USER, 150e18);
        vm.assertEq(escrow.userBalances(OTHER_USER), 50e18);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.PendingReleased(NODE, 60e18);
        vm.prank(STRANGER);
        escrow.releasePending(NODE);
        escrow.releaseStakersPending();
        vm.assertEq(escrow.owed(NODE), 60e18);
        vm.assertEq(escrow.stakersBalance(), 20e18);
        vm.assertEq(escrow.treasuryBalance(), 20e18);
        vm.assertEq(escrow.totalPending(), 0);
        assertSolvent();
    }

    function test_theTreasurysOwnShortfallScalesToo() public {
        fundTreasury(5e18);
        Batch memory batch = emptyBatch(0, 1);
        batch.taskCount = 1;
        batch.treasuryDebitAmount = 10e18;
        batch.credits[0] = Credit(NODE, 6e18);
        batch.stakersAmount = 2e18;
        batch.treasuryAmount = 2e18;
        settle(batch);
        vm.assertEq(escrow.owed(NODE), 3e18);
        vm.assertEq(escrow.pendingOf(NODE), 3e18);
        vm.assertEq(escrow.treasuryBalance(), 1e18);
        assertSolvent();
    }

    /// @dev Whatever one payer does before its epoch, the others' epoch goes through.
    function testFuzz_onePayerCannotRevertABatch(uint256 declared, uint256 left, bool leaves) public {
        declared = bound(declared, 1, 1e30);
        deposit(OTHER_USER, bound(left, 1, 1e24));
        if (leaves) {
            vm.prank(OTHER_USER);
            escrow.requestExit();
            vm.warp(START + EXIT_DELAY);
            escrow.finishExit(OTHER_USER);
        }
        Batch memory batch = emptyBatch(2, 1);
        batch.taskCount = 2;
        batch.debits[0] = Debit(OTHER_USER, declared);
        batch.debits[1] = Debit(USER, DEPOSIT);
        batch.stakersAmount = (declared + DEPOSIT) / 5 + 1;
        batch.credits[0] = Credit(NODE, declared + DEPOSIT - batch.stakersAmount - (declared + DEPOSIT) / 5);
        batch.treasuryAmount = (declared + DEPOSIT) / 5;
        settle(batch);
        vm.assertEq(escrow.owed(NODE) + escrow.pendingOf(NODE), batch.credits[0].amount);
        vm.assertEq(escrow.userBalances(USER), 0);
        assertSolvent();
    }

    /// @dev The same wallet twice in a batch is arithmetic, not an accident.
    function test_aWalletNamedTwicePaysTwice() public {
        Batch memory batch = emptyBatch(2, 1);
        batch.taskCount = 2;
        batch.debits[0] = Debit(USER, 60e18);
        batch.debits[1] = Debit(USER, 40e18);
        batch.credits[0] = Credit(NODE, 60e18);
        batch.stakersAmount = 20e18;
        batch.treasuryAmount = 20e18;
        settle(batch);
        vm.assertEq(escrow.userBalances(USER), DEPOSIT - 100e18);
        assertSolvent();
    }
}
