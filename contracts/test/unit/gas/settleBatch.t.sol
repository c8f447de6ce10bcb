// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Batch, Credit, Debit, Hold} from "../../../src/types/Batch.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

/// @dev Gas of whole settlement transactions of 10 000 tasks, calldata included; recorded in snapshots/.
contract SettleBatchGasTest is NetworkTest {
    uint256 private constant TRANSACTION_GAS_MAX = 1 << 24; // EIP-7825
    uint256 private constant TASKS = 10_000;
    uint256 private constant GAS_PER_TASK_MAX = 400;

    function payersBatch(uint256 payers, uint256 payees) private returns (Batch memory batch) {
        batch = emptyBatch(payers, payees);
        batch.taskCount = uint32(TASKS);
        for (uint256 i = 0; i < payers; ++i) {
            address payer = address(uint160(0x100000 + i));
            if (escrow.userBalances(payer) == 0) deposit(payer, 100e18);
            batch.debits[i] = Debit(payer, 1e18);
        }
        batch.stakersAmount = payers * 1e18 / 5;
        batch.treasuryAmount = payers * 1e18 - batch.stakersAmount;
    }

    function fullBatch(uint256 payers, uint256 payees) private returns (Batch memory batch) {
        batch = payersBatch(payers, payees);
        uint256 part = payers * 1e18 * 60 / 100 / payees;
        for (uint256 i = 0; i < payees; ++i) {
            batch.credits[i] = Credit(address(uint160(0x200000 + i)), part);
        }
        batch.treasuryAmount -= part * payees;
    }

    function holdsBatch(uint256 payers, uint256 nodes) private returns (Batch memory batch) {
        batch = payersBatch(payers, 0);
        uint256 part = payers * 1e18 * 60 / 100 / nodes;
        batch.holds = new Hold[](nodes);
        for (uint256 i = 0; i < nodes; ++i) {
            batch.holds[i] = Hold(keccak256(abi.encode(i)), address(uint160(0x200000 + i)), part);
        }
        batch.treasuryAmount -= part * nodes;
    }

    function record(Batch memory batch, string memory name) private returns (uint256 gas) {
        settle(batch);
        gas = vm.snapshotGasLastCall("settleBatch", name);
        vm.assertLt(gas, TRANSACTION_GAS_MAX, "fits a transaction");
    }

    function test_theLargestBatchFitsATransaction() public {
        record(fullBatch(400, 400), "400 payers, 400 operators never paid before");
        record(fullBatch(400, 400), "400 payers, 400 operators");
    }

    function test_theLargestBatchOfNodesThatEarnInFitsATransaction() public {
        record(holdsBatch(400, 400), "400 payers, 400 nodes that earn in, never paid before");
        record(holdsBatch(400, 400), "400 payers, 400 nodes that earn in");
    }

    /// @dev 400 parties, however they are divided.
    function test_aTaskOf400PartiesTakesAtMost400Gas() public {
        settle(fullBatch(320, 80));
        uint256 gas = record(fullBatch(320, 80), "320 payers, 80 operators");
        vm.assertLe(gas, GAS_PER_TASK_MAX * TASKS, "at most 400 a task");
        settle(fullBatch(200, 200));
        gas = record(fullBatch(200, 200), "200 payers, 200 operators");
        vm.assertLe(gas, GAS_PER_TASK_MAX * TASKS, "at most 400 a task");
    }

    function test_aTypicalBatch() public {
        settle(fullBatch(80, 80));
        record(fullBatch(80, 80), "80 payers, 80 operators");
        settle(holdsBatch(80, 80));
        record(holdsBatch(80, 80), "80 payers, 80 nodes that earn in");
    }

    /// @dev Operators beyond those a batch names cost a root, however many they are.
    function test_operatorsByRoot() public {
        Batch memory batch = fullBatch(320, 80);
        settle(batch);
        batch = fullBatch(320, 80);
        batch.rootedAmount = 10e18;
        batch.treasuryAmount -= 10e18;
        batch.payeesRoot = keccak256("root");
        record(batch, "320 payers, 80 operators, any number by root");
    }

    /// @dev A payer without money costs a receivable and an event more, a credit that waits a pending entry and an event
    /// more. With none of 400 payers solvent and no treasury the largest batch would not fit; half of it does.
    function test_halfABatchFitsEvenIfNobodyCanPay() public {
        Batch memory batch = fullBatch(200, 200);
        for (uint256 i = 1; i < 200; ++i) {
            batch.debits[i].wallet = address(uint160(0x300000 + i));
        }
        record(batch, "200 payers of which 199 have no money, no treasury, 200 operators");
    }
}
