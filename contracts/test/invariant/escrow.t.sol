// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {FARToken} from "../../src/FARToken.sol";
import {InferencePayment} from "../../src/InferencePayment.sol";
import {SettableFeed} from "../../src/SettableFeed.sol";
import {PaymentParams} from "../../src/types/PaymentParams.sol";
import {vm} from "../support/Vm.sol";
import {EscrowHandler} from "./EscrowHandler.sol";

/// @dev What holds after any sequence of calls. The handler's books follow the ledger's rules, so equality with them is the proof
/// that chain and ledger agree.
abstract contract EscrowInvariants {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    FARToken internal token;
    InferencePayment internal escrow;
    EscrowHandler internal handler;

    function capsBps() internal pure virtual returns (uint16 epochCapBps, uint16 dayCapBps);

    function setUp() public {
        vm.warp(1_800_000_000);
        address treasury = address(0x7E);
        token = new FARToken(treasury);
        (uint16 epochCapBps, uint16 dayCapBps) = capsBps();
        escrow = new InferencePayment(
            PaymentParams({
                token: address(token),
                priceFeed: address(new SettableFeed(address(this), 10_000_000)),
                admin: address(this),
                treasury: treasury,
                oracle: address(0x0A),
                signer: address(0x51),
                pauser: address(0x9A),
                adminDelay: 0,
                exitDelay: 24 hours,
                exitWindow: 7 days,
                priceMaxAge: 1 hours,
                epochCapBps: epochCapBps,
                dayCapBps: dayCapBps
            })
        );
        handler = new EscrowHandler(token, escrow);
        escrow.setStaking(handler.STAKING());
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0].addr = address(handler);
        bytes4[] memory selectors = new bytes4[](16);
        selectors[0] = EscrowHandler.deposit.selector;
        selectors[1] = EscrowHandler.requestExit.selector;
        selectors[2] = EscrowHandler.cancelExit.selector;
        selectors[3] = EscrowHandler.finishExit.selector;
        selectors[4] = EscrowHandler.settle.selector;
        selectors[5] = EscrowHandler.claim.selector;
        selectors[6] = EscrowHandler.releasePending.selector;
        selectors[7] = EscrowHandler.releaseStakersPending.selector;
        selectors[8] = EscrowHandler.fundTreasury.selector;
        selectors[9] = EscrowHandler.claimTreasury.selector;
        selectors[10] = EscrowHandler.payStakers.selector;
        selectors[11] = EscrowHandler.donate.selector;
        selectors[12] = EscrowHandler.passTime.selector;
        // Twice and three times as likely: most of what happens is deposits and epochs.
        selectors[13] = EscrowHandler.settle.selector;
        selectors[14] = EscrowHandler.settle.selector;
        selectors[15] = EscrowHandler.deposit.selector;
        targets[0].selectors = selectors;
    }

    /// @dev Direct transfers are surplus; nothing else may differ, either way.
    function invariant_escrowHoldsWhatItOwes() external view {
        uint256 balance = token.balanceOf(address(escrow));
        vm.assertGe(balance, escrow.liabilities(), "at least");
        vm.assertEq(balance, escrow.liabilities() + handler.ghostDonated(), "exactly, but for gifts");
    }

    function invariant_moneyIsNeitherMadeNorLost() external view {
        vm.assertEq(handler.ghostPaidIn(), handler.ghostPaidOut() + escrow.liabilities(), "in = out + kept");
        vm.assertEq(token.totalSupply(), token.INITIAL_SUPPLY(), "supply");
    }

    /// @dev Balances and receivables are the two sides of one ledger account.
    function invariant_usersAgreeWithTheLedger() external view {
        uint256 sum = 0;
        for (uint256 i = 0; i < handler.USERS(); ++i) {
            address user = handler.user(i);
            uint256 balance = escrow.userBalances(user);
            uint256 receivable = escrow.receivableOf(user);
            sum += balance;
            vm.assertTrue(balance == 0 || receivable == 0, "never both");
            vm.assertEq(int256(balance) - int256(receivable), handler.ghostLedger(user), "ledger account");
        }
        vm.assertEq(sum, escrow.totalUserBalances(), "sum of balances");
    }

    function invariant_operatorsAgreeWithTheLedger() external view {
        uint256 owed = 0;
        uint256 pending = escrow.stakersPending();
        for (uint256 i = 0; i < handler.NODES(); ++i) {
            address node = handler.node(i);
            uint256 claimed = handler.ghostClaimed(node);
            uint256 funded = claimed + escrow.owed(node);
            owed += escrow.owed(node);
            pending += escrow.pendingOf(node);
            vm.assertLe(claimed, funded, "claimed at most what was funded");
            vm.assertLe(funded, handler.ghostCredited(node), "funded at most what was credited");
            vm.assertEq(funded + escrow.pendingOf(node), handler.ghostCredited(node), "the rest waits");
        }
        vm.assertEq(owed, escrow.totalOwed(), "sum owed");
        vm.assertEq(pending, escrow.totalPending(), "sum pending");
    }

    function invariant_stakersAndTreasuryAgreeWithTheLedger() external view {
        uint256 stakers = escrow.stakersBalance() + escrow.stakersPending() + handler.ghostStakersPaid();
        vm.assertEq(stakers, handler.ghostStakersCredited(), "stakers");
        vm.assertEq(
            int256(escrow.treasuryBalance()) - int256(escrow.totalPending()), handler.ghostTreasury(), "treasury"
        );
    }

    /// @dev Whatever happened before: everybody leaves with what is theirs, and only gifts remain.
    function afterInvariant() external {
        for (uint256 i = 0; i < handler.USERS(); ++i) {
            leave(handler.user(i), i);
        }
        for (uint256 i = 0; i < handler.NODES(); ++i) {
            handler.releasePending(i);
        }
        handler.releaseStakersPending();
        for (uint256 i = 0; i < handler.NODES(); ++i) {
            handler.claim(i);
        }
        handler.payStakers();
        uint256 treasury = escrow.treasuryBalance();
        if (treasury > 0) {
            vm.assertEq(escrow.totalPending(), 0, "the treasury keeps nothing while others wait");
            handler.takeTreasury(treasury);
        }
        vm.assertEq(escrow.liabilities(), 0, "nothing is left behind");
        vm.assertEq(token.balanceOf(address(escrow)), handler.ghostDonated(), "but gifts");
    }

    function leave(address user, uint256 index) private {
        uint256 balance = escrow.userBalances(user);
        uint256 before = token.balanceOf(user);
        (, uint64 maturesAt, uint64 lapsesAt) = escrow.exitOf(user);
        if (maturesAt == 0 || block.timestamp >= lapsesAt) {
            vm.prank(user);
            escrow.requestExit();
            (, maturesAt,) = escrow.exitOf(user);
        }
        if (block.timestamp < maturesAt) vm.warp(maturesAt);
        handler.finishExit(index);
        vm.assertEq(token.balanceOf(user) - before, balance, "a user leaves with its whole balance");
    }
}

contract EscrowWithoutCapsInvariants is EscrowInvariants {
    function capsBps() internal pure override returns (uint16, uint16) {
        return (10_000, 10_000);
    }

    /// @dev Without caps nothing refuses a batch.
    function invariant_everyBatchSettles() external view {
        vm.assertEq(handler.calls("settle refused by a cap"), 0, "no batch is refused");
    }
}

contract EscrowWithCapsInvariants is EscrowInvariants {
    function capsBps() internal pure override returns (uint16, uint16) {
        return (500, 2_000);
    }
}
