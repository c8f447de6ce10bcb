// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {vm} from "../../support/Vm.sol";
import {TaskTest} from "./TaskTest.sol";

contract ReclaimTaskTest is TaskTest {
    function test_paysTheUserBackAfterTheTimeout() public {
        create();
        vm.warp(START + TASK_TIMEOUT - 1);
        vm.prank(USER);
        vm.expectRevert(
            abi.encodeWithSelector(IInferencePayment.TaskNotTimedOut.selector, TASK, uint64(START) + TASK_TIMEOUT)
        );
        escrow.reclaimTask(TASK);
        vm.warp(START + TASK_TIMEOUT);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.TaskReclaimed(TASK, USER, COST);
        vm.prank(USER);
        escrow.reclaimTask(TASK);
        vm.assertEq(token.balanceOf(USER), COST);
        assertDepositUntouched();
        assertSolvent();
    }

    function test_paysOnce() public {
        create();
        vm.warp(START + TASK_TIMEOUT);
        vm.prank(USER);
        escrow.reclaimTask(TASK);
        vm.prank(USER);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.TaskNotOpen.selector, TASK));
        escrow.reclaimTask(TASK);
    }

    function test_notACompletedTask() public {
        create();
        complete(0, 8_000);
        vm.warp(START + TASK_TIMEOUT);
        vm.prank(USER);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.TaskNotOpen.selector, TASK));
        escrow.reclaimTask(TASK);
    }

    function test_isTheUsersAlone() public {
        create();
        vm.warp(START + TASK_TIMEOUT);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.NotTaskUser.selector, TASK, STRANGER));
        escrow.reclaimTask(TASK);
        vm.prank(USER);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.NotTaskUser.selector, bytes32("other"), USER));
        escrow.reclaimTask("other");
    }
}
