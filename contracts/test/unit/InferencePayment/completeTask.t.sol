// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {vm} from "../../support/Vm.sol";
import {TaskTest} from "./TaskTest.sol";

contract CompleteTaskTest is TaskTest {
    function test_splitsAndRefunds() public {
        create();
        vm.expectEmit(address(escrow));
        emit IInferencePayment.TaskCompleted(TASK, NODE, 6e18, 8_000, 3.6e18, 1.2e18, 1.2e18, 4e18);
        complete(6e18, 8_000);
        vm.assertEq(token.balanceOf(USER), 4e18);
        vm.assertEq(escrow.owed(NODE), 3.6e18);
        vm.assertEq(escrow.stakersBalance(), 1.2e18);
        vm.assertEq(escrow.treasuryBalance(), 1.2e18);
        vm.assertEq(escrow.tasksBalance(), 0);
        assertDepositUntouched();
        assertSolvent();
    }

    function testFuzz_nothingIsMadeNorLost(uint256 actualCost, uint16 score) public {
        actualCost = bound(actualCost, 0, COST);
        score = uint16(bound(score, 0, 10_000));
        create();
        complete(actualCost, score);
        uint256 paid = escrow.owed(NODE) + escrow.stakersBalance() + escrow.treasuryBalance();
        vm.assertEq(paid, actualCost);
        vm.assertEq(token.balanceOf(USER), COST - actualCost);
        assertDepositUntouched();
        assertSolvent();
    }

    function testFuzz_neverCostsMoreThanWasPaidIn(uint256 actualCost) public {
        actualCost = bound(actualCost, COST + 1, type(uint256).max);
        create();
        vm.prank(ORACLE);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.CostAboveEscrowed.selector, actualCost, COST));
        escrow.completeTask(TASK, NODE, actualCost, 8_000);
    }

    function test_refusesTwice() public {
        create();
        complete(COST, 8_000);
        vm.prank(ORACLE);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.TaskNotOpen.selector, TASK));
        escrow.completeTask(TASK, NODE, 1, 8_000);
    }

    function test_refusesTheUnknownAndTheReclaimed() public {
        vm.prank(ORACLE);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.TaskNotOpen.selector, TASK));
        escrow.completeTask(TASK, NODE, 1, 8_000);
        create();
        vm.warp(START + TASK_TIMEOUT);
        vm.prank(USER);
        escrow.reclaimTask(TASK);
        vm.prank(ORACLE);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.TaskNotOpen.selector, TASK));
        escrow.completeTask(TASK, NODE, 1, 8_000);
    }

    function test_refusesAScoreAboveAHundred() public {
        create();
        vm.prank(ORACLE);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.ScoreOutOfRange.selector, 10_001));
        escrow.completeTask(TASK, NODE, COST, 10_001);
    }

    function test_refusesNobodyAsTheNode() public {
        create();
        vm.prank(ORACLE);
        vm.expectRevert(IInferencePayment.AddressZero.selector);
        escrow.completeTask(TASK, address(0), COST, 8_000);
    }

    function test_isTheOraclesAlone() public {
        create();
        bytes32 role = escrow.ORACLE_ROLE();
        vm.prank(NODE);
        vm.expectRevert(missingRole(NODE, role));
        escrow.completeTask(TASK, NODE, COST, 8_000);
    }

    /// @dev A stolen oracle key is stopped here as well; the user takes its money back.
    function test_waitsWhilePaused() public {
        create();
        vm.prank(PAUSER);
        escrow.pause();
        vm.prank(ORACLE);
        vm.expectRevert(bytes4(keccak256("EnforcedPause()")));
        escrow.completeTask(TASK, NODE, COST, 8_000);
        vm.warp(START + TASK_TIMEOUT);
        vm.prank(USER);
        escrow.reclaimTask(TASK);
        vm.assertEq(token.balanceOf(USER), COST);
    }
}
