// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {vm} from "../../support/Vm.sol";
import {TaskTest} from "./TaskTest.sol";

contract CreateTaskTest is TaskTest {
    function testFuzz_takesItsCostFromTheWallet(uint256 cost) public {
        cost = bound(cost, 1, COST);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.TaskCreated(TASK, USER, cost, uint64(START) + TASK_TIMEOUT);
        vm.prank(USER);
        escrow.createTask(TASK, cost);
        (address user, uint256 escrowedAmount, uint64 reclaimableAt) = escrow.taskOf(TASK);
        vm.assertEq(user, USER);
        vm.assertEq(escrowedAmount, cost);
        vm.assertEq(uint256(reclaimableAt), START + TASK_TIMEOUT);
        vm.assertEq(token.balanceOf(USER), COST - cost);
        assertDepositUntouched();
        assertSolvent();
    }

    /// @dev An epoch can take nothing of it.
    function test_isNotMovable() public {
        uint256 movable = escrow.movableBalance();
        create();
        vm.assertEq(escrow.movableBalance(), movable);
    }

    function test_refusesZero() public {
        vm.prank(USER);
        vm.expectRevert(IInferencePayment.AmountZero.selector);
        escrow.createTask(TASK, 0);
    }

    function test_refusesAnIdUsedBefore() public {
        vm.prank(USER);
        escrow.createTask(TASK, 1e18);
        vm.prank(USER);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.TaskExists.selector, TASK));
        escrow.createTask(TASK, 1e18);
        complete(1e18, 8_000);
        vm.prank(USER);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.TaskExists.selector, TASK));
        escrow.createTask(TASK, 1e18);
    }

    function test_refusesAWalletWithLess() public {
        vm.prank(USER);
        vm.expectRevert(
            abi.encodeWithSignature("ERC20InsufficientBalance(address,uint256,uint256)", USER, COST, COST + 1)
        );
        escrow.createTask(TASK, COST + 1);
    }
}
