// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {Batch, Credit, Debit} from "../../../src/types/Batch.sol";
import {PaymentParams} from "../../../src/types/PaymentParams.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

/// @dev The limits of a real network: an epoch declares at most 5 % of what can be moved, a day 20 %.
contract SettleBatchCapsTest is EscrowTest {
    function params() internal view override returns (PaymentParams memory real) {
        real = super.params();
        real.epochCapBps = 500;
        real.dayCapBps = 2_000;
    }

    function expectCap(Batch memory batch, bytes memory expected) private {
        vm.prank(ORACLE);
        vm.expectRevert(expected);
        escrow.settleBatch(batch);
    }

    function test_anEpochMovesAtMostItsCap() public {
        vm.assertEq(escrow.settleableAmount(), 50e18);
        expectCap(
            batchOf(USER, 50e18 + 1, NODE),
            abi.encodeWithSelector(IInferencePayment.EpochCapExceeded.selector, 50e18 + 1, 50e18)
        );
        settle(batchOf(USER, 50e18, NODE));
    }

    /// @dev Whatever the oracle does in a day, at most a fifth of the day's base leaves users and treasury.
    function testFuzz_aDayMovesAtMostItsCap(uint256[40] memory seeds) public {
        uint256 moved = 0;
        for (uint256 i = 0; i < seeds.length; ++i) {
            uint256 allowed = escrow.settleableAmount();
            if (allowed == 0) break;
            uint256 amount = bound(seeds[i], 1, allowed);
            settle(batchOf(USER, amount, NODE));
            moved += amount;
        }
        vm.assertLe(moved, DEPOSIT / 5, "at most a fifth");
    }

    function test_theDaysCapIsExact() public {
        while (escrow.settleableAmount() > 0) settle(batchOf(USER, escrow.settleableAmount(), NODE));
        vm.assertEq(escrow.userBalances(USER), DEPOSIT - 200e18);
        expectCap(batchOf(USER, 1, NODE), abi.encodeWithSelector(IInferencePayment.DayCapExceeded.selector, 1, 0));
    }

    function test_aNewDayStartsAfresh() public {
        while (escrow.settleableAmount() > 0) settle(batchOf(USER, escrow.settleableAmount(), NODE));
        uint256 nextDay = (START / 1 days + 1) * 1 days;
        vm.warp(nextDay - 1);
        vm.assertEq(escrow.settleableAmount(), 0);
        vm.warp(nextDay);
        vm.assertEq(escrow.settleableAmount(), escrow.movableBalance() / 20);
    }

    function test_depositsOfTheDayRaiseItsCap() public {
        while (escrow.settleableAmount() > 0) settle(batchOf(USER, escrow.settleableAmount(), NODE));
        deposit(OTHER_USER, 10_000e18);
        vm.assertLt(0, escrow.settleableAmount(), "a growing network is not held to the morning's size");
    }

    /// @dev Counted is what is declared: what nobody pays becomes the treasury's debt, and that must not be without limit either.
    function test_anUnpayableDebitCountsToo() public {
        expectCap(
            batchOf(OTHER_USER, 50e18 + 1, NODE),
            abi.encodeWithSelector(IInferencePayment.EpochCapExceeded.selector, 50e18 + 1, 50e18)
        );
        while (escrow.settleableAmount() > 0) settle(batchOf(OTHER_USER, escrow.settleableAmount(), NODE));
        vm.assertEq(escrow.pendingOf(NODE), 120e18);
        vm.assertEq(escrow.totalPending(), 160e18);
        vm.assertEq(escrow.receivableOf(OTHER_USER), 200e18);
        expectCap(batchOf(OTHER_USER, 1, NODE), abi.encodeWithSelector(IInferencePayment.DayCapExceeded.selector, 1, 0));
        assertSolvent();
    }

    /// @dev Whoever settles reads before what may be declared, and what fits goes through: a payer without money beside one with.
    function testFuzz_whatFitsIsSettledWhoeverPays(uint256 mine, uint256 theirs) public {
        uint256 allowed = escrow.settleableAmount();
        mine = bound(mine, 1, allowed - 1);
        theirs = bound(theirs, 1, allowed - mine);
        Batch memory batch = emptyBatch(2, 1);
        batch.taskCount = 2;
        batch.debits[0] = Debit(OTHER_USER, theirs);
        batch.debits[1] = Debit(USER, mine);
        batch.stakersAmount = (mine + theirs) / 5;
        batch.credits[0] = Credit(NODE, (mine + theirs) * 60 / 100);
        batch.treasuryAmount = mine + theirs - batch.stakersAmount - batch.credits[0].amount;
        settle(batch);
        vm.assertEq(escrow.userBalances(USER), DEPOSIT - mine);
        assertSolvent();
    }

    function test_capsDoNotHoldExitsOrClaims() public {
        settle(batchOf(USER, 50e18, NODE));
        vm.prank(NODE);
        escrow.claim();
        vm.prank(USER);
        escrow.requestExit();
        vm.warp(START + EXIT_DELAY);
        escrow.finishExit(USER);
        vm.assertEq(token.balanceOf(USER), 950e18);
    }
}
