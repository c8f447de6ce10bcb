// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {InferencePayment} from "../../../src/InferencePayment.sol";
import {PaymentParams} from "../../../src/types/PaymentParams.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract ConstructorTest is EscrowTest {
    function test_grantsEachRoleToItsHolderAlone() public view {
        vm.assertTrue(escrow.hasRole(escrow.ORACLE_ROLE(), ORACLE), "oracle");
        vm.assertTrue(escrow.hasRole(escrow.SIGNER_ROLE(), vm.addr(SIGNER_KEY)), "signer");
        vm.assertTrue(escrow.hasRole(escrow.PAUSER_ROLE(), PAUSER), "pauser");
        vm.assertTrue(escrow.hasRole(escrow.PARAMETER_ROLE(), TIMELOCK), "timelock");
        vm.assertTrue(!escrow.hasRole(escrow.ORACLE_ROLE(), ADMIN), "the admin is not the oracle");
        vm.assertEq(escrow.defaultAdmin(), ADMIN);
        vm.assertEq(escrow.treasury(), TREASURY);
    }

    /// @dev Else the delay would be a matter of the admin's will.
    function test_theAdminCannotGoRoundTheTimelock() public {
        bytes32 role = escrow.PARAMETER_ROLE();
        vm.prank(ADMIN);
        vm.expectRevert(missingRole(ADMIN, role));
        escrow.grantRole(role, ADMIN);
        vm.prank(TIMELOCK);
        escrow.grantRole(role, STRANGER);
        vm.assertTrue(escrow.hasRole(role, STRANGER), "the timelock hands it on");
    }

    function test_adminChangesInTwoStepsAndAfterTheDelay() public {
        vm.prank(ADMIN);
        escrow.beginDefaultAdminTransfer(STRANGER);
        vm.warp(START + 2 days);
        vm.prank(STRANGER);
        vm.expectRevert(
            abi.encodeWithSignature("AccessControlEnforcedDefaultAdminDelay(uint48)", uint48(START + 2 days))
        );
        escrow.acceptDefaultAdminTransfer();
        vm.warp(START + 2 days + 1);
        vm.prank(STRANGER);
        escrow.acceptDefaultAdminTransfer();
        vm.assertEq(escrow.defaultAdmin(), STRANGER);
    }

    function test_refusesCapsAboveTheWhole() public {
        PaymentParams memory wrong = params();
        wrong.epochCapBps = 10_001;
        vm.expectRevert(IInferencePayment.ParamsInvalid.selector);
        new InferencePayment(wrong);
        wrong = params();
        wrong.dayCapBps = 10_001;
        vm.expectRevert(IInferencePayment.ParamsInvalid.selector);
        new InferencePayment(wrong);
    }

    function test_refusesMissingAddresses() public {
        PaymentParams memory wrong = params();
        wrong.token = address(0);
        vm.expectRevert(IInferencePayment.AddressZero.selector);
        new InferencePayment(wrong);
        wrong = params();
        wrong.treasury = address(0);
        vm.expectRevert(IInferencePayment.AddressZero.selector);
        new InferencePayment(wrong);
    }

    function test_refusesAFeedOfOtherDecimals() public {
        PaymentParams memory wrong = params();
        wrong.priceFeed = address(token); // 18 decimals
        vm.expectRevert(IInferencePayment.ParamsInvalid.selector);
        new InferencePayment(wrong);
    }
}
