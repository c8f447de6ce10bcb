// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Batch, Credit, Debit} from "../../../src/types/Batch.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

/// @dev Gas of whole settlement transactions, calldata included; recorded in snapshots/.
contract GasTest is EscrowTest {
    uint256 private constant TRANSACTION_GAS_MAX = 1 << 24; // EIP-7825

    function fullBatch(uint256 payers, uint256 payees) private returns (Batch memory batch) {
        batch = emptyBatch(payers, payees);
        batch.taskCount = 10_000;
        for (uint256 i = 0; i < payers; ++i) {
            address payer = address(uint160(0x100000 + i));
            if (escrow.userBalances(payer) == 0) deposit(payer, 100e18);
            batch.debits[i] = Debit(payer, 1e18);
        }
        for (uint256 i = 0; i < payees; ++i) {
            batch.credits[i] = Credit(address(uint160(0x200000 + i)), payers * 1e18 * 60 / 100 / payees);
        }
        batch.stakersAmount = payers * 1e18 / 5;
        batch.treasuryAmount = payers * 1e18 - batch.stakersAmount - batch.credits[0].amount * payees;
    }

    function test_theLargestBatchFitsATransaction() public {
        Batch memory batch = fullBatch(400, 400);
        settle(batch);
        uint256 gas = vm.snapshotGasLastCall("InferencePayment", "settleBatch: 400 payers, 400 new operators");
        vm.assertLt(gas, TRANSACTION_GAS_MAX, "fits a transaction");
        batch = fullBatch(400, 400);
        settle(batch);
        vm.snapshotGasLastCall("InferencePayment", "settleBatch: 400 payers, 400 known operators");
    }

    function test_aTypicalBatch() public {
        settle(fullBatch(80, 80));
        settle(fullBatch(80, 80));
        vm.snapshotGasLastCall("InferencePayment", "settleBatch: 80 payers, 80 known operators");
    }

    /// @dev A payer without money costs a receivable and an event more, a credit that waits a pending entry and an event
    /// more. With none of 400 payers solvent and no treasury the largest batch would not fit; half of it does.
    function test_halfABatchFitsEvenIfNobodyCanPay() public {
        Batch memory batch = fullBatch(200, 200);
        for (uint256 i = 1; i < 200; ++i) {
            batch.debits[i].wallet = address(uint160(0x300000 + i));
        }
        settle(batch);
        uint256 gas =
            vm.snapshotGasLastCall("InferencePayment", "settleBatch: 199 of 200 payers without money, no treasury");
        vm.assertLt(gas, TRANSACTION_GAS_MAX, "fits a transaction");
    }
}
