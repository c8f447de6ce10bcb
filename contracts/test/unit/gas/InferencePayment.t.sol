// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Voucher} from "../../../src/types/Voucher.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {Tree} from "../../support/Tree.sol";
import {vm} from "../../support/Vm.sol";

/// @dev Gas of whole transactions to the escrow; the second of each kind, when storage knows the parties.
contract InferencePaymentGasTest is NetworkTest {
    uint256 private constant PAYEES = 1_000;

    function record(string memory name) private {
        vm.snapshotGasLastCall("InferencePayment", name);
    }

    function test_deposit() public {
        give(USER, 2e18);
        vm.prank(USER);
        escrow.deposit(1e18);
        record("deposit");
    }

    function test_depositWithPermit() public {
        address payer = vm.addr(0xA11CE);
        vm.prank(TREASURY);
        token.transfer(payer, 2e18);
        (uint8 v, bytes32 r, bytes32 s) = signPermit(0xA11CE, address(escrow), 1e18);
        vm.prank(payer);
        escrow.depositWithPermit(1e18, START + 1, v, r, s);
        record("depositWithPermit, first of a wallet");
    }

    function test_withdraw() public {
        vm.prank(TREASURY);
        token.transfer(USER, 1);
        Voucher memory voucher = voucherOf(USER, 1e18, 0);
        withdraw(voucher, sign(voucher));
        record("withdraw, every 256th voucher of a wallet");
        voucher = voucherOf(USER, 1e18, 1);
        withdraw(voucher, sign(voucher));
        record("withdraw");
    }

    function test_exit() public {
        vm.prank(TREASURY);
        token.transfer(USER, 1);
        vm.prank(USER);
        escrow.requestExit();
        record("requestExit");
        vm.warp(START + EXIT_DELAY);
        escrow.finishExit(USER);
        record("finishExit");
    }

    function test_claim() public {
        vm.prank(TREASURY);
        token.transfer(NODE, 1);
        settle(batchOf(USER, 1e18, NODE));
        vm.prank(NODE);
        escrow.claim();
        record("claim");
    }

    /// @dev A tree of 1 000 payees, so proofs of ten hashes.
    function test_claimRooted() public {
        bytes32[] memory leaves = new bytes32[](PAYEES);
        for (uint256 i = 0; i < PAYEES; ++i) {
            leaves[i] = Tree.leaf(NODE, (i + 1) * 1e15);
        }
        settle(rootedBatch(USER, 100e18, Tree.root(leaves)));
        vm.prank(TREASURY);
        token.transfer(NODE, 1);
        vm.warp(START + DISPUTE_DELAY);
        bytes32[] memory proof = Tree.proof(leaves, 10);
        vm.prank(NODE);
        escrow.claimRooted(1, 11e15, proof);
        record("claimRooted of 1 000 payees, first of a payee");
        proof = Tree.proof(leaves, 20);
        vm.prank(NODE);
        escrow.claimRooted(1, 21e15, proof);
        record("claimRooted of 1 000 payees");
    }

    /// @dev The second task of a user with the same node; the two calls together are what one task costs on this path.
    function test_perTask() public {
        give(USER, 10e18);
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(USER);
            escrow.createTask(bytes32(i), 1e18);
            record("createTask");
            vm.prank(ORACLE);
            escrow.completeTask(bytes32(i), NODE, 0.5e18, 8_000);
            record("completeTask");
        }
    }

    function test_reclaimTask() public {
        give(USER, 10e18);
        vm.prank(USER);
        escrow.createTask("task", 1e18);
        vm.warp(START + TASK_TIMEOUT);
        vm.prank(USER);
        escrow.reclaimTask("task");
        record("reclaimTask");
    }
}
