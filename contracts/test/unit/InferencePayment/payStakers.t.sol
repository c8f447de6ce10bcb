// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

/// @dev payStakers and setStaking.
contract PayStakersTest is EscrowTest {
    address private constant STAKING = address(0x57A4);

    function setUp() public override {
        super.setUp();
        settle(batchOf(USER, 100e18, NODE));
    }

    function test_thePoolWaitsUntilThereIsAStakingContract() public {
        vm.prank(ADMIN);
        vm.expectRevert(IInferencePayment.AddressZero.selector);
        escrow.payStakers();
        vm.assertEq(escrow.stakersBalance(), 20e18);
    }

    function test_paysTheStakingAddressAlone() public {
        vm.prank(ADMIN);
        escrow.setStaking(STAKING);
        vm.prank(ADMIN);
        vm.assertEq(escrow.payStakers(), 20e18);
        vm.assertEq(token.balanceOf(STAKING), 20e18);
        settle(batchOf(USER, 50e18, NODE));
        vm.expectEmit(address(escrow));
        emit IInferencePayment.StakersPaid(STAKING, 10e18);
        vm.prank(STAKING);
        escrow.payStakers();
        vm.assertEq(token.balanceOf(STAKING), 30e18);
        assertSolvent();
    }

    function test_refusesStrangers() public {
        vm.prank(ADMIN);
        escrow.setStaking(STAKING);
        vm.prank(TREASURY);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.NotStaking.selector, TREASURY));
        escrow.payStakers();
    }

    function test_onlyTheAdminNamesIt() public {
        bytes32 adminRole = escrow.DEFAULT_ADMIN_ROLE();
        vm.prank(ORACLE);
        vm.expectRevert(missingRole(ORACLE, adminRole));
        escrow.setStaking(STAKING);
    }
}
