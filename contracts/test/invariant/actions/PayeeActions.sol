// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {Tree} from "../../support/Tree.sol";
import {vm} from "../../support/Vm.sol";
import {EpochActions} from "./EpochActions.sol";

/// @dev How operators and the treasury take what is theirs.
abstract contract PayeeActions is EpochActions {
    function claim(uint256 who) public {
        address to = payee(who);
        for (uint256 i = 1; i < NODES + OWNERS && escrow.owed(to) == 0; ++i) {
            to = payee(who % SEEDS + i);
        }
        if (escrow.owed(to) == 0) settle(who);
        uint256 amount = escrow.owed(to);
        bytes4 expected = amount == 0 ? IInferencePayment.NothingOwed.selector : bytes4(0);
        act("claim", to, address(escrow), abi.encodeCall(escrow.claim, ()), expected);
        ghostClaimed[to] += amount;
        ghostPaidOut += amount;
    }

    /// @dev By the newest root that counts. One of eight does not wait; one of eight asks for a wei more.
    function claimRooted(uint256 who, uint8 greed) external {
        (bool found, GhostRoot memory root) = newestRoot();
        if (!found) {
            publishRoot();
            (, root) = newestRoot();
        }
        if (block.timestamp < root.claimableAt && greed % 8 != 0) vm.warp(root.claimableAt);
        uint256 index = who % ROOTED;
        for (uint256 i = 0; i < ROOTED && due(root, index) == 0; ++i) {
            index = (index + 1) % ROOTED;
        }
        if (greed % 8 == 2) claimByDisputed(index);
        claimBy(root, index, greed % 8 == 1 ? 1 : 0);
    }

    function releasePending(uint256 who) public {
        act("releasePending", STRANGER, address(escrow), abi.encodeCall(escrow.releasePending, (payee(who))), 0);
    }

    function releaseStakersPending() public {
        bytes memory data = abi.encodeCall(escrow.releaseStakersPending, ());
        act("releaseStakersPending", STRANGER, address(escrow), data, 0);
    }

    function releaseRootedPending() public {
        bytes memory data = abi.encodeCall(escrow.releaseRootedPending, ());
        act("releaseRootedPending", STRANGER, address(escrow), data, 0);
    }

    /// @dev A payee's, the stakers' or the roots'; sometimes more than waits, of which it takes what does.
    function cancelPending(uint256 who, uint256 amount) external {
        uint256 which = who % (NODES + OWNERS + 2);
        address to = which == 0 ? address(0) : which == 1 ? address(escrow) : payee(which - 2);
        uint256 waits = which == 0
            ? escrow.rootedPending()
            : which == 1 ? escrow.stakersPending() : ghostCredited[to] - ghostClaimed[to] - ghostHeld[to] - escrow.owed(to);
        amount = amount % (waits + 2);
        bytes memory data = abi.encodeCall(escrow.cancelPending, (to, amount));
        uint256 cancelled = abi.decode(act("cancelPending", TIMELOCK, address(escrow), data, 0), (uint256));
        vm.assertEq(cancelled, amount < waits ? amount : waits, "what still waits");
        ghostTreasury += int256(cancelled);
        if (which == 0) ghostRootedCredited -= cancelled;
        else if (which == 1) ghostStakersCredited -= cancelled;
        else ghostCredited[to] -= cancelled;
    }

    function fundTreasury(uint256 amount) public {
        fund(amount % 100e18 + 1);
    }

    function fund(uint256 amount) private {
        arm(STRANGER, amount, address(escrow));
        act("fundTreasury", STRANGER, address(escrow), abi.encodeCall(escrow.fundTreasury, (amount)), 0);
        ghostTreasury += int256(amount);
        ghostPaidIn += amount;
    }

    /// @dev Never what others wait for: the ledger's account of the treasury is what it may take.
    function claimTreasury(uint256 amount, uint8 greed) external {
        if (ghostTreasury <= 0) fund(uint256(-ghostTreasury) + amount % 100e18 + 1);
        bool tooMuch = ghostTreasury <= 0 || greed % 8 == 0;
        uint256 mine = ghostTreasury > 0 ? uint256(ghostTreasury) : 0;
        amount = tooMuch ? mine + 1 : amount % mine + 1;
        bytes4 expected = tooMuch ? IInferencePayment.TreasuryBalanceTooLow.selector : bytes4(0);
        takeTreasury(amount, expected);
    }

    function takeTreasury(uint256 amount, bytes4 expected) internal {
        act("claimTreasury", TREASURY, address(escrow), abi.encodeCall(escrow.claimTreasury, (amount)), expected);
        if (expected != 0) return;
        ghostTreasury -= int256(amount);
        ghostPaidOut += amount;
    }

    function claimBy(GhostRoot memory root, uint256 index, uint256 extra) internal {
        bytes32[] memory proof = Tree.proof(leaves(root.cumulative), index);
        uint256 amount = due(root, index);
        bytes4 expected = 0;
        if (block.timestamp < root.claimableAt) expected = IInferencePayment.RootNotClaimable.selector;
        else if (extra != 0) expected = IInferencePayment.ProofInvalid.selector;
        else if (amount == 0) expected = IInferencePayment.NothingOwed.selector;
        bytes memory data = abi.encodeCall(escrow.claimRooted, (root.epoch, root.cumulative[index] + extra, proof));
        act("claimRooted", rooted(index), address(escrow), data, expected);
        if (expected != 0) return;
        ghostRootedClaimed[rooted(index)] += amount;
        ghostRootedPaid += amount;
        ghostPaidOut += amount;
    }

    /// @dev A disputed root pays nobody, ever.
    function claimByDisputed(uint256 index) private {
        for (uint256 i = 0; i < ghostRoots.length; ++i) {
            GhostRoot memory root = ghostRoots[i];
            if (!root.disputed) continue;
            bytes32[] memory proof = Tree.proof(leaves(root.cumulative), index);
            bytes memory data = abi.encodeCall(escrow.claimRooted, (root.epoch, root.cumulative[index], proof));
            act("claimRooted", rooted(index), address(escrow), data, IInferencePayment.RootIsDisputed.selector);
            return;
        }
    }

    /// @dev What a root still gives a payee now: as far as the roots are funded.
    function due(GhostRoot memory root, uint256 index) internal view returns (uint256) {
        uint256 claimed = ghostRootedClaimed[rooted(index)];
        if (root.cumulative[index] <= claimed) return 0;
        uint256 amount = root.cumulative[index] - claimed;
        uint256 funded = escrow.rootedBalance();
        return amount < funded ? amount : funded;
    }

    function newestRoot() internal view returns (bool found, GhostRoot memory root) {
        for (uint256 i = ghostRoots.length; i > 0; --i) {
            if (!ghostRoots[i - 1].disputed) return (true, ghostRoots[i - 1]);
        }
    }
}
