// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Batch} from "../../../src/types/Batch.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract PauseTest is EscrowTest {
    function test_stopsSettlementUntilTheAdminLetsItGoOn() public {
        vm.prank(PAUSER);
        escrow.pause();
        Batch memory batch = batchOf(USER, 100e18, NODE);
        vm.prank(ORACLE);
        vm.expectRevert(bytes4(keccak256("EnforcedPause()")));
        escrow.settleBatch(batch);

        vm.prank(ADMIN);
        escrow.unpause();
        settle(batch);
        vm.assertEq(escrow.owed(NODE), 60e18);
    }

    function test_refusesStrangers() public {
        bytes32 pauserRole = escrow.PAUSER_ROLE();
        vm.prank(ORACLE);
        vm.expectRevert(missingRole(ORACLE, pauserRole));
        escrow.pause();
    }
}
