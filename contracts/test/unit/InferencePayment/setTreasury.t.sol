// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract SetTreasuryTest is EscrowTest {
    function test_theTimelockNamesANewOwner() public {
        vm.expectEmit(address(escrow));
        emit IInferencePayment.TreasuryChanged(STRANGER);
        vm.prank(TIMELOCK);
        escrow.setTreasury(STRANGER);
        settle(batchOf(USER, 100e18, NODE));
        vm.prank(STRANGER);
        escrow.claimTreasury(20e18);
        vm.assertEq(token.balanceOf(STRANGER), 20e18);
        vm.prank(TREASURY);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.NotTreasury.selector, TREASURY));
        escrow.claimTreasury(1);
    }

    function test_refusesNobody() public {
        vm.prank(TIMELOCK);
        vm.expectRevert(IInferencePayment.AddressZero.selector);
        escrow.setTreasury(address(0));
    }

    function test_theAdminAloneCannot() public {
        bytes32 role = escrow.PARAMETER_ROLE();
        vm.prank(ADMIN);
        vm.expectRevert(missingRole(ADMIN, role));
        escrow.setTreasury(STRANGER);
    }
}
