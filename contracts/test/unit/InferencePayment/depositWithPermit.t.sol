// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract DepositWithPermitTest is EscrowTest {
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
        escrow.depositWithPermit(10e18, START + 1, v, r, s);
        vm.assertEq(escrow.userBalances(owner), 10e18);
        assertSolvent();
    }

    /// @dev Whoever copies the permit from the mempool and submits it first achieves nothing.
    function test_survivesACopiedPermit() public {
        (uint8 v, bytes32 r, bytes32 s) = signPermit(KEY, address(escrow), 10e18);
        vm.prank(STRANGER);
        token.permit(owner, address(escrow), 10e18, START + 1, v, r, s);
        vm.prank(owner);
        escrow.depositWithPermit(10e18, START + 1, v, r, s);
        vm.assertEq(escrow.userBalances(owner), 10e18);
    }

    function test_aForeignPermitDepositsNothing() public {
        (uint8 v, bytes32 r, bytes32 s) = signPermit(KEY, address(escrow), 10e18);
        vm.prank(STRANGER);
        vm.expectRevert(
            abi.encodeWithSignature("ERC20InsufficientAllowance(address,uint256,uint256)", address(escrow), 0, 10e18)
        );
        escrow.depositWithPermit(10e18, START + 1, v, r, s);
    }

    function test_anExpiredPermitDepositsNothing() public {
        (uint8 v, bytes32 r, bytes32 s) = signPermit(KEY, address(escrow), 10e18);
        vm.warp(START + 2);
        vm.prank(owner);
        vm.expectRevert(
            abi.encodeWithSignature("ERC20InsufficientAllowance(address,uint256,uint256)", address(escrow), 0, 10e18)
        );
        escrow.depositWithPermit(10e18, START + 1, v, r, s);
    }
}
