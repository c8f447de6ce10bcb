// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {vm} from "../../support/Vm.sol";
import {Books} from "../Books.sol";

/// @dev Single tasks on chain.
abstract contract TaskActions is Books {
    uint256 private _taskCount;

    function createTask(uint256 who, uint256 amount) public {
        address wallet = user(who);
        amount = amount % 10e18 + 1;
        bytes32 id = keccak256(abi.encode("task", ++_taskCount));
        arm(wallet, amount, address(escrow));
        act("createTask", wallet, address(escrow), abi.encodeCall(escrow.createTask, (id, amount)), 0);
        ghostTasks.push(GhostTask(id, wallet, amount, block.timestamp + TASK_TIMEOUT));
        ghostPaidIn += amount;
    }

    /// @dev One of eight asks for more than was paid in.
    function completeTask(uint256 which, uint256 actualCost, uint16 score, uint8 greed) external {
        if (ghostTasks.length == 0) createTask(which, actualCost);
        GhostTask memory task = ghostTasks[which % ghostTasks.length];
        score = score % 10_001;
        bool tooMuch = greed % 8 == 0;
        actualCost = tooMuch ? task.amount + 1 : actualCost % (task.amount + 1);
        address payee_ = node(which);
        uint256 before = token.balanceOf(task.user);
        act(
            "completeTask",
            ORACLE,
            address(escrow),
            abi.encodeCall(escrow.completeTask, (task.id, payee_, actualCost, score)),
            tooMuch ? IInferencePayment.CostAboveEscrowed.selector : bytes4(0)
        );
        if (tooMuch) return;
        drop(which);
        // The ledger's rule for one node, in its own words: a = clamp((score − 80) / 2, −10, 10) %; here twice a, in hundredths.
        int256 bonus = int256(uint256(score)) - 8_000;
        if (bonus < -2_000) bonus = -2_000;
        if (bonus > 2_000) bonus = 2_000;
        uint256 operator = actualCost * 60 * uint256(20_000 + bonus) / 2_000_000;
        uint256 stakers = actualCost / 5;
        ghostCredited[payee_] += operator;
        ghostStakersCredited += stakers;
        ghostTreasury += int256(actualCost - operator - stakers);
        ghostPaidOut += task.amount - actualCost;
        vm.assertEq(token.balanceOf(task.user) - before, task.amount - actualCost, "the rest goes back");
    }

    /// @dev One of eight does not wait.
    function reclaimTask(uint256 which, uint8 hurry) external {
        if (ghostTasks.length == 0) createTask(which, which);
        GhostTask memory task = ghostTasks[which % ghostTasks.length];
        if (block.timestamp < task.reclaimableAt && hurry % 8 != 0) vm.warp(task.reclaimableAt);
        bool early = block.timestamp < task.reclaimableAt;
        reclaim(which, early ? IInferencePayment.TaskNotTimedOut.selector : bytes4(0));
    }

    function reclaim(uint256 which, bytes4 expected) internal {
        GhostTask memory task = ghostTasks[which % ghostTasks.length];
        bytes memory data = abi.encodeCall(escrow.reclaimTask, (task.id));
        act("reclaimTask", task.user, address(escrow), data, expected);
        if (expected != 0) return;
        drop(which);
        ghostPaidOut += task.amount;
    }

    function openTasks() public view returns (uint256 amount) {
        for (uint256 i = 0; i < ghostTasks.length; ++i) {
            amount += ghostTasks[i].amount;
        }
    }

    function drop(uint256 which) private {
        ghostTasks[which % ghostTasks.length] = ghostTasks[ghostTasks.length - 1];
        ghostTasks.pop();
    }
}
