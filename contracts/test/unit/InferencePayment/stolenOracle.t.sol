// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Batch, Credit, Debit} from "../../../src/types/Batch.sol";
import {PaymentParams} from "../../../src/types/PaymentParams.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

/// @dev What docs/contracts.md says a stolen oracle key can do, with the limits of a real network, and how it ends.
contract StolenOracleTest is EscrowTest {
    address private constant THIEF = address(0x7417F);
    address private constant VICTIM = address(0xBEEF);

    function params() internal view override returns (PaymentParams memory real) {
        real = super.params();
        real.epochCapBps = 500;
        real.dayCapBps = 2_000;
    }

    /// @dev Debits a wallet that has nothing, for the largest share that operators can get.
    function poison(uint256 declared) private {
        Batch memory batch = emptyBatch(1, 1);
        batch.taskCount = 1;
        batch.debits[0] = Debit(VICTIM, declared);
        batch.credits[0] = Credit(THIEF, declared * 66 / 100);
        batch.stakersAmount = declared / 5;
        batch.treasuryAmount = declared - batch.credits[0].amount - batch.stakersAmount;
        settle(batch);
    }

    /// @dev As much as the caps allow, until the role is taken.
    function steal() private returns (uint256 declared) {
        while (escrow.settleableAmount() != 0) {
            declared += escrow.settleableAmount();
            poison(escrow.settleableAmount());
        }
        bytes32 role = escrow.ORACLE_ROLE();
        vm.prank(ADMIN);
        escrow.revokeRole(role, ORACLE);
    }

    function test_aDayIsWorthAtMostItsCapFundedOrNot() public {
        fundTreasury(10e18);
        uint256 movable = escrow.movableBalance();
        vm.assertEq(steal(), movable / 5);
        fundTreasury(50_000e18);
        escrow.releasePending(THIEF);
        vm.prank(THIEF);
        vm.assertLe(escrow.claim(), movable / 5 * 66 / 100, "66 % of a day's cap, ever");
        vm.assertEq(escrow.pendingOf(THIEF), 0);
        vm.assertEq(escrow.userBalances(USER), DEPOSIT);
        assertSolvent();
    }

    function test_theTimelockEndsIt() public {
        steal();
        vm.prank(TIMELOCK);
        escrow.cancelPending(THIEF, type(uint256).max);
        vm.prank(TIMELOCK);
        escrow.cancelPending(address(escrow), type(uint256).max);
        vm.prank(TIMELOCK);
        escrow.forgiveReceivable(VICTIM, type(uint256).max);
        vm.assertEq(escrow.totalPending(), 0);
        deposit(VICTIM, 100e18);
        vm.assertEq(escrow.userBalances(VICTIM), 100e18);
        fundTreasury(50_000e18);
        vm.assertEq(escrow.releasePending(THIEF), 0);
        vm.prank(TREASURY);
        escrow.claimTreasury(50_000e18);
        assertSolvent();
    }
}
