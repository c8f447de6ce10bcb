// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {Netting} from "../../../src/libraries/Netting.sol";
import {Batch, Credit, Debit} from "../../../src/types/Batch.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract SettleBatchTest is EscrowTest {
    /// @dev Any amount and any score: the parts sum to the charge, computed in series with the remainder to the treasury.
    function testFuzz_movesExactlyTheSplit(uint256 amount, uint256 score) public {
        amount = bound(amount, 1, DEPOSIT);
        score = bound(score, 0, 100);
        Batch memory batch = batchOf(USER, amount, NODE);
        // a = clamp((score - 80) / 2, -10, 10) percent, in half percents to stay whole.
        int256 bonus = int256(score) - 80;
        bonus = bonus > 20 ? int256(20) : bonus < -20 ? int256(-20) : bonus;
        batch.stakersAmount = amount * 20 / 100;
        batch.credits[0].amount = amount * 60 * uint256(200 + bonus) / 20_000;
        batch.treasuryAmount = amount - batch.stakersAmount - batch.credits[0].amount;
        settle(batch);
        vm.assertEq(escrow.owed(NODE), batch.credits[0].amount);
        vm.assertEq(escrow.stakersBalance(), batch.stakersAmount);
        vm.assertEq(escrow.treasuryBalance(), batch.treasuryAmount);
        vm.assertEq(escrow.userBalances(USER), DEPOSIT - amount);
        vm.assertEq(escrow.totalPending(), 0);
        assertSolvent();
    }

    function test_netsSeveralPayersAndOperators() public {
        deposit(OTHER_USER, 50e18);
        Batch memory batch = emptyBatch(2, 2);
        batch.taskCount = 7;
        batch.debits[0] = Debit(USER, 70e18);
        batch.debits[1] = Debit(OTHER_USER, 30e18);
        batch.credits[0] = Credit(NODE, 45e18);
        batch.credits[1] = Credit(OTHER_NODE, 15e18);
        batch.stakersAmount = 20e18;
        batch.treasuryAmount = 20e18;
        vm.expectEmit(address(escrow));
        emit IInferencePayment.BatchSettled(1, batch.receiptsRoot, 7, 100e18, 100e18);
        settle(batch);
        vm.assertEq(escrow.userBalances(USER), DEPOSIT - 70e18);
        vm.assertEq(escrow.userBalances(OTHER_USER), 20e18);
        vm.assertEq(escrow.owed(NODE), 45e18);
        vm.assertEq(escrow.owed(OTHER_NODE), 15e18);
        vm.assertEq(escrow.receiptsRootOf(1), batch.receiptsRoot);
        vm.assertEq(uint256(escrow.epoch()), 1);
        assertSolvent();
    }

    function test_theTreasuryPaysForTasksOfItsOwn() public {
        fundTreasury(10e18);
        Batch memory batch = emptyBatch(0, 1);
        batch.taskCount = 1;
        batch.treasuryDebitAmount = 10e18;
        batch.credits[0] = Credit(NODE, 6e18);
        batch.stakersAmount = 2e18;
        batch.treasuryAmount = 2e18;
        settle(batch);
        vm.assertEq(escrow.treasuryBalance(), 2e18);
        vm.assertEq(escrow.owed(NODE), 6e18);
        assertSolvent();
    }

    function test_anEmptyEpochMoves() public {
        settle(emptyBatch(0, 0));
        vm.assertEq(uint256(escrow.epoch()), 1);
        assertSolvent();
    }

    // ------------------------------------------------------------------ refusals

    function test_refusesEveryoneButTheOracle() public {
        Batch memory batch = batchOf(USER, 1e18, NODE);
        bytes32 role = escrow.ORACLE_ROLE();
        address[4] memory callers = [ADMIN, TREASURY, vm.addr(SIGNER_KEY), USER];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(missingRole(callers[i], role));
            escrow.settleBatch(batch);
        }
    }

    function test_refusesTheSameEpochTwice() public {
        Batch memory batch = batchOf(USER, 1e18, NODE);
        settle(batch);
        vm.prank(ORACLE);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.EpochOutOfOrder.selector, 2, 1));
        escrow.settleBatch(batch);
    }

    function testFuzz_refusesAnyEpochButTheNext(uint64 epoch) public {
        vm.assume(epoch != 1);
        Batch memory batch = batchOf(USER, 1e18, NODE);
        batch.epoch = epoch;
        vm.prank(ORACLE);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.EpochOutOfOrder.selector, 1, epoch));
        escrow.settleBatch(batch);
    }

    function testFuzz_refusesABatchThatDoesNotConserve(uint256 more) public {
        Batch memory batch = batchOf(USER, 100e18, NODE);
        batch.treasuryAmount += bound(more, 1, 1e30);
        vm.prank(ORACLE);
        vm.expectRevert(
            abi.encodeWithSelector(Netting.BatchNotConserved.selector, 100e18, batch.treasuryAmount + 80e18)
        );
        escrow.settleBatch(batch);
        batch.treasuryAmount = 20e18 - 1;
        vm.prank(ORACLE);
        vm.expectRevert(abi.encodeWithSelector(Netting.BatchNotConserved.selector, 100e18, 100e18 - 1));
        escrow.settleBatch(batch);
    }

    function test_boundsTheOperatorsShare() public {
        Batch memory batch = batchOf(USER, 100e18, NODE);
        batch.credits[0].amount = 66e18 + 1; // one wei of slack for its one task
        batch.treasuryAmount = 14e18 - 1;
        settle(batch);
        batch.epoch = 2;
        batch.credits[0].amount += 1;
        batch.treasuryAmount -= 1;
        vm.prank(ORACLE);
        vm.expectRevert(abi.encodeWithSelector(Netting.OperatorsShareTooHigh.selector, 66e18 + 2, 100e18));
        escrow.settleBatch(batch);
    }

    function test_boundsTheStakersShare() public {
        Batch memory batch = batchOf(USER, 100e18, NODE);
        batch.stakersAmount = 20e18 - 1;
        batch.treasuryAmount = 20e18 + 1;
        settle(batch);
        batch.epoch = 2;
        batch.stakersAmount -= 1;
        batch.treasuryAmount += 1;
        vm.prank(ORACLE);
        vm.expectRevert(abi.encodeWithSelector(Netting.StakersShareTooLow.selector, 20e18 - 2, 100e18));
        escrow.settleBatch(batch);
    }

    function test_refusesMoreThan400Payers() public {
        Batch memory batch = emptyBatch(401, 0);
        vm.prank(ORACLE);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.BatchTooLarge.selector, 401, 400));
        escrow.settleBatch(batch);
    }

    function test_refusesMoreThan400Operators() public {
        Batch memory batch = emptyBatch(0, 401);
        vm.prank(ORACLE);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.BatchTooLarge.selector, 401, 400));
        escrow.settleBatch(batch);
    }
}
