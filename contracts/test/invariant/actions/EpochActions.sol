// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {Batch, Credit, Debit, Hold} from "../../../src/types/Batch.sol";
import {Tree} from "../../support/Tree.sol";
import {vm} from "../../support/Vm.sol";
import {Books} from "../Books.sol";

/// @dev What the oracle settles, and the pauser disputes.
abstract contract EpochActions is Books {
    /// @dev A root as it was published.
    struct GhostRoot {
        uint64 epoch;
        uint256 claimableAt;
        bool disputed;
        uint256[3] cumulative;
    }

    GhostRoot[] internal ghostRoots;
    uint256 public refusedByCaps;
    /// What the day's epochs have declared, and the most that could be moved before one of them.
    uint256 public ghostDay;
    uint256 public ghostDayDeclared;
    uint256 public ghostDayMovable;

    /// @dev Any debits, also of wallets that have left; a split as the price rules give it; operators named, held and in a root. The
    /// same epoch a second time must fail.
    function settle(uint256 seed) public {
        (Batch memory batch, uint256[3] memory cumulative) = randomBatch(seed);
        uint256 treasuryBefore = escrow.treasuryBalance();
        uint256 movableBefore = escrow.movableBalance();
        uint256 allowed = escrow.settleableAmount();
        bytes memory data = abi.encodeCall(escrow.settleBatch, (batch));
        (bool ok, bytes memory result) = tryToAct("settleBatch", ORACLE, address(escrow), data);
        if (!ok) {
            // Only a cap may refuse it, and only when it declares more than the cap.
            bytes4 reason = bytes4(result);
            vm.assertTrue(
                reason == IInferencePayment.EpochCapExceeded.selector
                    || reason == IInferencePayment.DayCapExceeded.selector,
                "only a cap may refuse a batch"
            );
            vm.assertLt(allowed, declaredOf(batch), "the cap was exceeded");
            refusedByCaps += 1;
            return;
        }
        vm.assertLe(declaredOf(batch), allowed, "within the caps, funded or not");
        bookDay(declaredOf(batch), movableBefore);
        book(batch, cumulative, treasuryBefore);
        if (seed % 16 == 0) {
            act("settleBatch", ORACLE, address(escrow), data, IInferencePayment.EpochOutOfOrder.selector);
        }
    }

    /// @dev An epoch that moves nothing and publishes what roots owe in all: always allowed, it ends every dispute.
    function publishRoot() public {
        Batch memory batch;
        batch.epoch = escrow.epoch() + 1;
        uint256[3] memory cumulative = cumulativeNow();
        batch.payeesRoot = Tree.root(leaves(cumulative));
        act("publishRoot", ORACLE, address(escrow), abi.encodeCall(escrow.settleBatch, (batch)), 0);
        remember(batch.epoch, cumulative);
    }

    function disputeRoot(uint256 which) external {
        if (ghostRoots.length == 0) publishRoot();
        if (which % 4 != 0) publishRoot(); // mostly a fresh one
        GhostRoot storage root = ghostRoots[which % 4 == 0 ? which % ghostRoots.length : ghostRoots.length - 1];
        bytes4 expected = 0;
        if (root.disputed) expected = IInferencePayment.RootIsDisputed.selector;
        else if (block.timestamp >= root.claimableAt) expected = IInferencePayment.DisputeWindowOver.selector;
        act("disputeRoot", PAUSER, address(escrow), abi.encodeCall(escrow.disputeRoot, (root.epoch)), expected);
        root.disputed = true;
        if (expected == IInferencePayment.DisputeWindowOver.selector) root.disputed = false;
    }

    function leaves(uint256[3] memory cumulative) internal pure returns (bytes32[] memory all) {
        all = new bytes32[](ROOTED);
        for (uint256 i = 0; i < ROOTED; ++i) {
            all[i] = Tree.leaf(rooted(i), cumulative[i]);
        }
    }

    function cumulativeNow() internal view returns (uint256[3] memory cumulative) {
        for (uint256 i = 0; i < ROOTED; ++i) {
            cumulative[i] = ghostCumulative[rooted(i)];
        }
    }

    function declaredOf(Batch memory batch) private pure returns (uint256 sum) {
        sum = batch.treasuryDebitAmount;
        for (uint256 i = 0; i < batch.debits.length; ++i) {
            sum += batch.debits[i].amount;
        }
    }

    function randomBatch(uint256 seed) private view returns (Batch memory batch, uint256[3] memory cumulative) {
        batch.epoch = escrow.epoch() + 1;
        batch.receiptsRoot = keccak256(abi.encode(seed));
        batch.taskCount = 1;
        batch.debits = randomDebits(seed);
        if (seed % 2 == 0) batch.treasuryDebitAmount = draw(seed, "treasury") % 30e18;
        uint256 declared = declaredOf(batch);
        batch.stakersAmount = declared / 5;
        uint256 operators = declared * (5_400 + draw(seed, "score") % 1_201) / 10_000; // 54 % to 66 %
        batch.treasuryAmount = declared - batch.stakersAmount - operators;

        uint256 credits = draw(seed, "credits") % 3;
        uint256 holds = draw(seed, "holds") % 3;
        cumulative = cumulativeNow();
        bool withRoot = credits + holds == 0 || draw(seed, "root") % 2 == 0;
        uint256 part = operators / (credits + holds + (withRoot ? 1 : 0));
        batch.credits = new Credit[](credits);
        for (uint256 i = 0; i < credits; ++i) {
            batch.credits[i] = Credit(payee(draw(seed / 2 + i, "payee")), part);
        }
        batch.holds = new Hold[](holds);
        for (uint256 i = 0; i < holds; ++i) {
            batch.holds[i] = Hold(nodeKey(draw(seed / 2 + i, "node")), owner(draw(seed / 2 + i, "owner")), part);
        }
        uint256 left = operators - part * (credits + holds);
        if (!withRoot) {
            batch.treasuryAmount += left; // the division's remainder
            return (batch, cumulative);
        }
        batch.rootedAmount = left;
        uint256 first = draw(seed, "first") % ROOTED;
        cumulative[first] += left / 3;
        cumulative[(first + 1) % ROOTED] += left - left / 3;
        batch.payeesRoot = Tree.root(leaves(cumulative));
    }

    /// @dev Some pay dust, most pay a small part, some far more than they have.
    function randomDebits(uint256 seed) private pure returns (Debit[] memory debits) {
        debits = new Debit[](draw(seed, "payers") % 4);
        for (uint256 i = 0; i < debits.length; ++i) {
            uint256 amount = draw(seed / 2 + i, "debit");
            uint256 size = amount % 8 == 0 ? 2_000e18 : amount % 8 == 1 ? 10 : 20e18;
            debits[i] = Debit(user(amount >> 8), (amount >> 16) % size);
        }
    }

    function bookDay(uint256 declared, uint256 movable) private {
        uint256 day = block.timestamp / 1 days;
        if (day != ghostDay) (ghostDay, ghostDayDeclared, ghostDayMovable) = (day, 0, 0);
        ghostDayDeclared += declared;
        if (movable > ghostDayMovable) ghostDayMovable = movable;
    }

    function book(Batch memory batch, uint256[3] memory cumulative, uint256 treasuryBefore) private {
        uint256 taken = 0;
        uint256 shortfall = 0;
        for (uint256 i = 0; i < batch.debits.length; ++i) {
            Debit memory debit = batch.debits[i];
            int256 before = ghostLedger[debit.wallet];
            uint256 available = before > 0 ? uint256(before) : 0;
            uint256 paid = debit.amount < available ? debit.amount : available;
            ghostLedger[debit.wallet] = before - int256(debit.amount);
            taken += paid;
            shortfall += debit.amount - paid;
        }
        uint256 own = batch.treasuryDebitAmount < treasuryBefore ? batch.treasuryDebitAmount : treasuryBefore;
        uint256 covered = shortfall < treasuryBefore - own ? shortfall : treasuryBefore - own;
        ghostTreasury += int256(batch.treasuryAmount) - int256(batch.treasuryDebitAmount) - int256(shortfall); // covered or owed
        for (uint256 i = 0; i < batch.credits.length; ++i) {
            ghostCredited[batch.credits[i].payee] += batch.credits[i].amount;
        }
        bookHolds(batch.holds, taken + own + covered, declaredOf(batch));
        ghostStakersCredited += batch.stakersAmount;
        if (batch.payeesRoot == 0) return;
        ghostRootedCredited += batch.rootedAmount;
        remember(batch.epoch, cumulative);
    }

    function bookHolds(Hold[] memory holds, uint256 funded, uint256 declared) private {
        for (uint256 i = 0; i < holds.length; ++i) {
            Hold memory hold = holds[i];
            uint256 paid = declared == 0 ? 0 : hold.amount * funded / declared;
            ghostCredited[hold.owner] += hold.amount;
            ghostHeld[hold.owner] += paid;
            ghostPaidOut += paid;
            ghostNodes[hold.owner][hold.node].stake += paid;
            ghostStakeIn += paid;
        }
    }

    function remember(uint64 epoch, uint256[3] memory cumulative) private {
        ghostRoots.push(GhostRoot(epoch, block.timestamp + DISPUTE_DELAY, false, cumulative));
        for (uint256 i = 0; i < ROOTED; ++i) {
            ghostCumulative[rooted(i)] = cumulative[i];
        }
    }
}
