// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {FARToken} from "../../src/FARToken.sol";
import {InferencePayment} from "../../src/InferencePayment.sol";
import {NodeRegistry} from "../../src/NodeRegistry.sol";
import {Staking} from "../../src/Staking.sol";
import {Timelocked} from "../../src/Timelocked.sol";
import {ITimelocked} from "../../src/interfaces/ITimelocked.sol";
import {Position} from "../../src/types/Position.sol";
import {vm} from "../support/Vm.sol";
import {PayeeActions} from "./actions/PayeeActions.sol";
import {SlashActions} from "./actions/SlashActions.sol";
import {StakingActions} from "./actions/StakingActions.sol";
import {TaskActions} from "./actions/TaskActions.sol";
import {WalletActions} from "./actions/WalletActions.sol";

/// @dev Everybody and everything at once; and, at the end, how all of them leave.
contract Handler is WalletActions, TaskActions, PayeeActions, SlashActions, StakingActions {
    constructor(FARToken token_, InferencePayment escrow_, NodeRegistry registry_, Staking staking_) {
        (token, escrow, registry, staking) = (token_, escrow_, registry_, staking_);
        ghostLedger[USER] = int256(DEPOSIT);
        ghostPaidIn = DEPOSIT;
    }

    function burn(uint256 amount) external {
        amount = amount % 10e18;
        act("burn", TREASURY, address(token), abi.encodeCall(token.burn, (amount)), 0);
        ghostBurned += amount;
    }

    /// @dev Money sent to a contract without a word belongs to nobody there.
    function donate(uint256 which, uint256 amount) external {
        amount = amount % 10e18;
        address[3] memory targets = [address(escrow), address(registry), address(staking)];
        act("donate", TREASURY, address(token), abi.encodeCall(token.transfer, (targets[which % 3], amount)), 0);
        ghostDonated[targets[which % 3]] += amount;
    }

    /// @dev All that came without a word, and not a wei of what is owed.
    function recover(uint256 which, uint256 amount) external {
        Timelocked[3] memory targets = [Timelocked(escrow), Timelocked(registry), Timelocked(staking)];
        Timelocked target = targets[which % 3];
        uint256 surplus = ghostDonated[address(target)];
        amount = amount % (surplus + 2);
        bytes4 expected = amount > surplus ? ITimelocked.SurplusTooLow.selector : bytes4(0);
        bytes memory data = abi.encodeCall(target.recover, (address(token), TREASURY, amount));
        act("recover", TIMELOCK, address(target), data, expected);
        if (expected == 0) ghostDonated[address(target)] -= amount;
    }

    function passTime(uint256 secs) external {
        vm.warp(block.timestamp + secs % 2 days);
    }

    // ------------------------------------------------------------------ everybody leaves

    function leaveAsUser(uint256 who) external {
        address wallet = user(who);
        if (!exitOpen(wallet)) requestExit(who);
        if (block.timestamp < ghostMaturesAt[wallet]) vm.warp(ghostMaturesAt[wallet]);
        finish(wallet, 0);
    }

    function closeTasks() external {
        while (ghostTasks.length != 0) {
            if (block.timestamp < ghostTasks[0].reclaimableAt) vm.warp(ghostTasks[0].reclaimableAt);
            reclaim(0, 0);
        }
    }

    /// @dev A last root, undisputed, and everybody in it takes what it is due, as far as it is funded.
    function leaveByRoot() external {
        publishRoot();
        (, GhostRoot memory root) = newestRoot();
        vm.warp(root.claimableAt);
        for (uint256 i = 0; i < ROOTED; ++i) {
            if (due(root, i) != 0) claimBy(root, i, 0);
        }
    }

    function leaveAsPayee(uint256 who) external {
        if (escrow.owed(payee(who)) != 0) claim(who);
    }

    function leaveAsTreasury(uint256 amount) external {
        takeTreasury(amount, 0);
    }

    /// @dev Open slashes come to their end without the slasher and the arbiter: appeals lapse, the others are executed.
    function closeSlashes() external {
        vm.warp(block.timestamp + APPEAL_PERIOD + 7 days);
        while (ghostSlashes.length != 0) {
            if (ghostSlashes[0].appeal == 1) cancel(0, STRANGER);
            else execute(0);
        }
    }

    function leaveAsOwner(uint256 who) external {
        for (uint256 i = 0; i < NODES_PER_OWNER; ++i) {
            (address owner_, bytes32 key) = (owner(who), nodeKey(i));
            if (ghostNodes[owner_][key].stake != 0) requestUnbond(who, i, 2);
        }
        vm.warp(block.timestamp + UNBOND_DELAY);
        for (uint256 i = 0; i < NODES_PER_OWNER; ++i) {
            if (ghostNodes[owner(who)][nodeKey(i)].unbonding != 0) takeUnbonded(owner(who), nodeKey(i));
        }
    }

    /// @dev A year on every lock and every stream is over.
    function leaveAsStaker(uint256 who) external {
        address user_ = staker(who);
        while (staking.positionsOf(user_).length != 0) {
            Position memory position = staking.positionsOf(user_)[0];
            if (block.timestamp < position.unlockAt) vm.warp(position.unlockAt);
            takeBack(user_, position);
        }
        if (rewardsOf(user_) != 0) claimRewards(who);
    }
}
