// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {NodeState} from "../../src/types/Node.sol";
import {PaymentParams} from "../../src/types/PaymentParams.sol";
import {Position} from "../../src/types/Position.sol";
import {Console} from "../support/Console.sol";
import {NetworkTest} from "../support/NetworkTest.sol";
import {vm} from "../support/Vm.sol";
import {Handler} from "./Handler.sol";

/// @dev What holds after any sequence of calls to all contracts together. The handler's books follow the ledger's rules, so
/// equality with them is the proof that chain and ledger agree.
abstract contract NetworkInvariants is NetworkTest {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// @dev Fewer say nothing about a share.
    uint256 private constant CALLS_MIN = 30;

    Handler internal handler;

    function setUp() public override {
        super.setUp();
        handler = new Handler(token, escrow, registry, staking);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[44] memory all = [
            handler.deposit.selector,
            handler.deposit.selector,
            handler.cancelExit.selector,
            handler.finishExit.selector,
            handler.withdraw.selector,
            handler.withdraw.selector,
            handler.createTask.selector,
            handler.completeTask.selector,
            handler.reclaimTask.selector,
            handler.settle.selector,
            handler.settle.selector,
            handler.settle.selector,
            handler.settle.selector,
            handler.disputeRoot.selector,
            handler.claim.selector,
            handler.claimRooted.selector,
            handler.releasePending.selector,
            handler.releaseStakersPending.selector,
            handler.releaseRootedPending.selector,
            handler.fundTreasury.selector,
            handler.claimTreasury.selector,
            handler.register.selector,
            handler.addStake.selector,
            handler.requestUnbond.selector,
            handler.cancelUnbond.selector,
            handler.withdrawUnbonded.selector,
            handler.heartbeat.selector,
            handler.rate.selector,
            handler.proposeSlash.selector,
            handler.appealSlash.selector,
            handler.resolveAppeal.selector,
            handler.executeSlash.selector,
            handler.cancelSlash.selector,
            handler.freeze.selector,
            handler.unfreeze.selector,
            handler.stake.selector,
            handler.unstake.selector,
            handler.claimRewards.selector,
            handler.pullRevenue.selector,
            handler.fundReserve.selector,
            handler.setRewardRate.selector,
            handler.expireLock.selector,
            handler.donate.selector,
            handler.passTime.selector
        ];
        targets = new FuzzSelector[](1);
        targets[0].addr = address(handler);
        targets[0].selectors = new bytes4[](all.length + 5);
        for (uint256 i = 0; i < all.length; ++i) {
            targets[0].selectors[i] = all[i];
        }
        targets[0].selectors[all.length] = handler.burn.selector;
        targets[0].selectors[all.length + 1] = handler.requestExit.selector;
        targets[0].selectors[all.length + 2] = handler.cancelPending.selector;
        targets[0].selectors[all.length + 3] = handler.forgiveReceivable.selector;
        targets[0].selectors[all.length + 4] = handler.recover.selector;
    }

    // ------------------------------------------------------------------ always

    /// @dev One campaign for all, since each would repeat the same calls.
    function invariant_theChainAgreesWithTheBooks() external view {
        escrowAgrees();
        registryAgrees();
        stakingAgrees();
        capsAgree();
    }

    function capsAgree() internal view virtual {}

    function escrowAgrees() private view {
        escrowHoldsWhatItOwes();
        usersAgree();
        operatorsAgree();
        rootedAgree();
        stakersAndTreasuryAgree();
        vm.assertEq(token.totalSupply(), token.INITIAL_SUPPLY() - handler.ghostBurned(), "supply: only burning");
    }

    function registryAgrees() private view {
        uint256 sum = 0;
        for (uint256 i = 0; i < handler.OWNERS(); ++i) {
            for (uint256 j = 0; j < handler.NODES_PER_OWNER(); ++j) {
                sum += nodeAgrees(handler.owner(i), handler.nodeKey(j));
            }
        }
        vm.assertEq(sum, registry.totalStake(), "sum of stakes");
        vm.assertEq(
            handler.ghostStakeIn(), handler.ghostStakeOut() + handler.ghostSlashed() + sum, "in = out + slashed + kept"
        );
        uint256 donated = handler.ghostDonated(address(registry));
        vm.assertEq(token.balanceOf(address(registry)), sum + donated, "exactly, but for gifts");
    }

    function stakingAgrees() private view {
        uint256 amount = 0;
        uint256 weight = 0;
        uint256 unbonding = 0;
        uint256 rewards = 0;
        for (uint256 i = 0; i < handler.STAKERS(); ++i) {
            address user = handler.staker(i);
            (uint256 earning, uint256 weight_, uint256 leaving) = positionsOf(user);
            vm.assertEq(earning, handler.ghostStaked(user), "what the user staked");
            vm.assertEq(earning, staking.stakingBalance(user), "its balance");
            (uint256 revenue, uint256 base) = staking.calculateRewards(user);
            (amount, weight, unbonding) = (amount + earning, weight + weight_, unbonding + leaving);
            rewards += revenue + base;
        }
        vm.assertEq(amount, staking.totalStaked(), "sum staked");
        vm.assertEq(weight, staking.totalWeight(), "sum of weights");
        vm.assertEq(unbonding, staking.totalUnbonding(), "sum unbonding");
        vm.assertEq(amount + unbonding, handler.ghostPrincipal(), "what was put in");
        rewardsAgree(rewards);
        uint256 donated = handler.ghostDonated(address(staking));
        vm.assertEq(token.balanceOf(address(staking)), staking.liabilities() + donated, "exactly, but for gifts");
    }

    /// @dev All that came is claimed, claimable, on its way or in reserve, but for a fraction of a wei each.
    function rewardsAgree(uint256 claimable) private view {
        uint256 received = handler.ghostStakersPaid() + handler.ghostReserveIn();
        uint256 accounted = handler.ghostRewardsOut() + claimable + staking.streamLeft() + staking.reserve();
        vm.assertLe(accounted, received, "rounding favours the pool");
        vm.assertLe(received - accounted, 2 * handler.STAKERS() + 2, "by less than a wei each, carried");
    }

    function positionsOf(address user) private view returns (uint256 earning, uint256 weight, uint256 leaving) {
        Position[] memory positions = staking.positionsOf(user);
        for (uint256 i = 0; i < positions.length; ++i) {
            weight += positions[i].weight;
            if (positions[i].unbonding) leaving += positions[i].amount;
            else earning += positions[i].amount;
        }
    }

    function nodeAgrees(address owner, bytes32 key) private view returns (uint256) {
        NodeState memory state = registry.nodeOf(owner, key);
        (uint256 stake, uint256 unbonding, uint256 withdrawableAt, uint256 locked) = handler.ghostNodes(owner, key);
        vm.assertEq(state.stake, stake, "stake");
        vm.assertEq(state.unbonding, unbonding, "unbonding");
        vm.assertEq(state.slashLocked, locked, "locked by open slashes");
        if (unbonding != 0) vm.assertEq(state.withdrawableAt, withdrawableAt, "withdrawable at");
        return stake + unbonding;
    }

    /// @dev Direct transfers are surplus; nothing else may differ, either way.
    function escrowHoldsWhatItOwes() private view {
        uint256 balance = token.balanceOf(address(escrow));
        vm.assertGe(balance, escrow.liabilities(), "at least");
        vm.assertEq(balance, escrow.liabilities() + handler.ghostDonated(address(escrow)), "exactly, but for gifts");
        vm.assertEq(handler.ghostPaidIn(), handler.ghostPaidOut() + escrow.liabilities(), "in = out + kept");
        vm.assertEq(escrow.tasksBalance(), handler.openTasks(), "paid in for open tasks");
    }

    /// @dev Balances and receivables are the two sides of one ledger account.
    function usersAgree() private view {
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

    function operatorsAgree() private view {
        uint256 owed = 0;
        uint256 pending = escrow.stakersPending() + escrow.rootedPending();
        for (uint256 i = 0; i < handler.NODES() + handler.OWNERS(); ++i) {
            address payee = handler.payee(i);
            uint256 claimed = handler.ghostClaimed(payee);
            uint256 funded = claimed + escrow.owed(payee) + handler.ghostHeld(payee);
            owed += escrow.owed(payee);
            pending += escrow.pendingOf(payee);
            vm.assertLe(claimed, funded, "claimed at most what was funded");
            vm.assertLe(funded, handler.ghostCredited(payee), "funded at most what was credited");
            vm.assertEq(funded + escrow.pendingOf(payee), handler.ghostCredited(payee), "the rest waits");
        }
        vm.assertEq(owed, escrow.totalOwed(), "sum owed");
        vm.assertEq(pending, escrow.totalPending(), "sum pending");
    }

    function rootedAgree() private view {
        for (uint256 i = 0; i < handler.ROOTED(); ++i) {
            address payee = handler.rooted(i);
            vm.assertEq(escrow.claimedRooted(payee), handler.ghostRootedClaimed(payee), "claimed by roots");
            vm.assertLe(escrow.claimedRooted(payee), handler.ghostCumulative(payee), "at most what roots credited");
        }
        vm.assertEq(
            handler.ghostRootedCredited(),
            handler.ghostRootedPaid() + escrow.rootedBalance() + escrow.rootedPending(),
            "credited = claimed + funded + waiting"
        );
    }

    function stakersAndTreasuryAgree() private view {
        uint256 stakers = escrow.stakersBalance() + escrow.stakersPending() + handler.ghostStakersPaid();
        vm.assertEq(stakers, handler.ghostStakersCredited(), "stakers");
        vm.assertEq(
            int256(escrow.treasuryBalance()) - int256(escrow.totalPending()), handler.ghostTreasury(), "treasury"
        );
    }

    // ------------------------------------------------------------------ at the end

    /// @dev Whatever happened before: everybody leaves with what is theirs, without admin, oracle's goodwill or arbiter; what
    /// stays is gifts, and what is named here.
    function afterInvariant() external {
        report();
        for (uint256 i = 0; i < handler.USERS(); ++i) {
            handler.leaveAsUser(i);
        }
        handler.closeTasks();
        leavePayees();
        leaveRegistry();
        leaveStaking();
    }

    function leavePayees() private {
        for (uint256 i = 0; i < handler.NODES() + handler.OWNERS(); ++i) {
            handler.releasePending(i);
        }
        handler.releaseStakersPending();
        handler.releaseRootedPending();
        handler.leaveByRoot();
        for (uint256 i = 0; i < handler.NODES() + handler.OWNERS(); ++i) {
            handler.leaveAsPayee(i);
        }
        handler.pullRevenue();
        uint256 treasury = escrow.treasuryBalance();
        if (treasury > 0) {
            vm.assertEq(escrow.totalPending(), 0, "the treasury keeps nothing while others wait");
            handler.leaveAsTreasury(treasury);
        }
        vm.assertEq(escrow.liabilities(), 0, "nothing is left in the escrow");
        vm.assertEq(token.balanceOf(address(escrow)), handler.ghostDonated(address(escrow)), "but gifts");
    }

    function leaveRegistry() private {
        handler.closeSlashes();
        for (uint256 i = 0; i < handler.OWNERS(); ++i) {
            handler.leaveAsOwner(i);
        }
        vm.assertEq(registry.totalStake(), 0, "nothing is left in the registry");
        vm.assertEq(token.balanceOf(address(registry)), handler.ghostDonated(address(registry)), "but gifts");
    }

    /// @dev The stream stands still when the last has left, and the reserve waits for the next; both are whole to the wei.
    function leaveStaking() private {
        for (uint256 i = 0; i < handler.STAKERS(); ++i) {
            handler.leaveAsStaker(i);
        }
        vm.assertEq(staking.totalStaked() + staking.totalUnbonding() + staking.totalWeight(), 0, "nobody stakes");
        vm.assertLe(staking.totalRewards(), 2 * handler.STAKERS() + 2, "fractions of a wei each");
        vm.assertEq(
            token.balanceOf(address(staking)),
            staking.totalRewards() + staking.streamLeft() + staking.reserve() + handler.ghostDonated(address(staking)),
            "fractions, stream, reserve and gifts"
        );
    }

    /// @dev Calls, refusals and successes of every kind; of each contract's, more than half must have gone through, or the run
    /// tests little.
    function report() private view {
        report("all of InferencePayment", address(escrow));
        report("all of NodeRegistry", address(registry));
        report("all of Staking", address(staking));
    }

    function report(string memory title, address target) private view {
        (uint256 calls, uint256 successes) = (0, 0);
        uint256 count = handler.namesCount();
        for (uint256 i = 0; i < count; ++i) {
            bytes32 name = handler.names(i);
            if (handler.targetOf(name) != target) continue;
            calls += handler.calls(name);
            successes += handler.successes(name);
            line(string(abi.encodePacked(name)), handler.calls(name), handler.successes(name));
        }
        line(title, calls, successes);
        vm.assertTrue(calls < CALLS_MIN || successes * 2 > calls, "more than half go through");
    }

    function line(string memory name, uint256 calls, uint256 successes) private view {
        string memory counts = string.concat(
            Strings.toString(calls),
            " calls, ",
            Strings.toString(calls - successes),
            " refused, ",
            Strings.toString(successes),
            " went through: "
        );
        Console.log(string.concat(counts, name));
    }
}

contract NetworkWithoutCapsInvariants is NetworkInvariants {
    /// @dev Without caps nothing refuses a batch, whatever its payers and nodes did.
    function capsAgree() internal view override {
        vm.assertEq(handler.refusedByCaps(), 0, "no batch is refused");
    }
}

contract NetworkWithCapsInvariants is NetworkInvariants {
    /// @dev All that a day declares, funded or not, is what a stolen oracle key could write.
    function capsAgree() internal view override {
        vm.assertLe(handler.ghostDayDeclared(), handler.ghostDayMovable() / 5, "a fifth a day");
    }

    function params() internal view override returns (PaymentParams memory real) {
        real = super.params();
        real.epochCapBps = 500;
        real.dayCapBps = 2_000;
    }
}
