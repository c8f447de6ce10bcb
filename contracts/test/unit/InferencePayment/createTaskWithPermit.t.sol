// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract CreateTaskWithPermitTest is EscrowTest {
    uint256 private constant KEY = 0xA11CE;
    address private owner;

    function setUp() public override {
        super.setUp();
        owner = vm.addr(KEY);
        vm.prank(TREASURY);
        token.transfer(owner, 10e18);
    }

    function test_needsNoApproval() public {
        (uint8 v, bytes32 r, bytes32 s) = signPermit(KEY, address(escrow), 10e18);
        vm.prank(owner);
        escrow.createTaskWithPermit("task", 10e18, START + 1, v, r, s);
        (address user, uint256 escrowedAmount,) = escrow.taskOf("task");
        vm.assertEq(user, owner);
        vm.assertEq(escrowedAmount, 10e18);
        assertSolvent();
    }

    function test_survivesACopiedPermit() public {
        (uint8 v, bytes32 r, bytes32 s) = signPermit(KEY, address(escrow), 10e18);
        vm.prank(STRANGER);
        token.permit(owner, address(escrow), 10e18, START + 1, v, r, s);
        vm.prank(owner);
        escrow.createTaskWithPermit("task", 10e18, START + 1, v, r, s);
    }

    function test_aForeignPermitCreatesNothing() public {
        (uint8 v, bytes32 r, bytes32 s) = signPermit(KEY, address(escrow), 10e18);
        vm.prank(STRANGER);
        vm.expectRevert(
            abi.encodeWithSignature("ERC20InsufficientAllowance(address,uint256,uint256)", address(escrow), 0, 10e18)
        );
        escrow.createTaskWithPermit("task", 10e18, START + 1, v, r, s);
    }
}
