// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IInferencePayment} from "../interfaces/IInferencePayment.sol";
import {Split} from "../libraries/Split.sol";
import {PaymentBase} from "./PaymentBase.sol";

/// @title Single tasks on chain
/// @dev The oracle moves at most what a task's user put in for that task, so epochs' caps do not count it.
abstract contract Tasks is PaymentBase {
    using SafeERC20 for IERC20;

    /// @dev The user stays when the money goes, so that an id is used once.
    struct Task {
        address user;
        uint64 reclaimableAt;
        uint256 escrowedAmount;
    }

    mapping(bytes32 taskId => Task) private _tasks;

    /// @inheritdoc IInferencePayment
    function createTask(bytes32 taskId, uint256 estimatedCost) external nonReentrant {
        _create(taskId, estimatedCost);
    }

    /// @inheritdoc IInferencePayment
    function createTaskWithPermit(
        bytes32 taskId,
        uint256 estimatedCost,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant {
        _permit(estimatedCost, deadline, v, r, s);
        _create(taskId, estimatedCost);
    }

    /// @inheritdoc IInferencePayment
    function completeTask(bytes32 taskId, address node, uint256 actualCost, uint16 performanceScore)
        external
        onlyRole(ORACLE_ROLE)
        whenNotPaused
        nonReentrant
    {
        if (node == address(0)) revert AddressZero();
        if (performanceScore > Split.SCORE_MAX) revert ScoreOutOfRange(performanceScore);
        (address user, uint256 escrowedAmount) = _close(taskId);
        if (actualCost > escrowedAmount) revert CostAboveEscrowed(actualCost, escrowedAmount);
        uint256 refundAmount = escrowedAmount - actualCost;
        (uint256 operatorAmount, uint256 stakersAmount, uint256 treasuryAmount) =
            Split.split(actualCost, performanceScore);
        owed[node] += operatorAmount;
        totalOwed += operatorAmount;
        stakersBalance += stakersAmount;
        treasuryBalance += treasuryAmount;
        emit TaskCompleted(
            taskId, node, actualCost, performanceScore, operatorAmount, stakersAmount, treasuryAmount, refundAmount
        );
        if (refundAmount != 0) token.safeTransfer(user, refundAmount);
    }

    /// @inheritdoc IInferencePayment
    function reclaimTask(bytes32 taskId) external nonReentrant {
        Task storage task = _tasks[taskId];
        if (msg.sender != task.user) revert NotTaskUser(taskId, msg.sender);
        if (block.timestamp < task.reclaimableAt) revert TaskNotTimedOut(taskId, task.reclaimableAt);
        (, uint256 amount) = _close(taskId);
        emit TaskReclaimed(taskId, msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IInferencePayment
    function taskOf(bytes32 taskId) external view returns (address, uint256, uint64) {
        Task storage task = _tasks[taskId];
        return (task.user, task.escrowedAmount, task.reclaimableAt);
    }

    function _create(bytes32 taskId, uint256 amount) private {
        if (amount == 0) revert AmountZero();
        if (_tasks[taskId].user != address(0)) revert TaskExists(taskId);
        uint64 reclaimableAt = uint64(block.timestamp) + taskTimeout;
        _tasks[taskId] = Task(msg.sender, reclaimableAt, amount);
        tasksBalance += amount;
        emit TaskCreated(taskId, msg.sender, amount, reclaimableAt);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @dev Takes a task's money out of the books, once.
    function _close(bytes32 taskId) private returns (address user, uint256 amount) {
        Task storage task = _tasks[taskId];
        (user, amount) = (task.user, task.escrowedAmount);
        if (amount == 0) revert TaskNotOpen(taskId);
        task.escrowedAmount = 0;
        tasksBalance -= amount;
    }
}
