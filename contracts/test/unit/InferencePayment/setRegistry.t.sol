// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract SetRegistryTest is EscrowTest {
    function test_theTimelockNamesIt() public {
        vm.expectEmit(address(escrow));
        emit IInferencePayment.RegistryChanged(STRANGER);
        vm.prank(TIMELOCK);
        escrow.setRegistry(STRANGER);
        vm.assertEq(escrow.registry(), STRANGER);
    }

    function test_theAdminAloneCannot() public {
        bytes32 role = escrow.PARAMETER_ROLE();
        vm.prank(ADMIN);
        vm.expectRevert(missingRole(ADMIN, role));
        escrow.setRegistry(STRANGER);
    }
}
