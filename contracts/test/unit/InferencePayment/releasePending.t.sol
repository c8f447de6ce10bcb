// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract ReleasePendingTest is EscrowTest {
    function test_releasesAsFarAsTheTreasuryGoes() public {
        settle(batchOf(OTHER_USER, 100e18, NODE));
        vm.assertEq(escrow.releasePending(NODE), 0);
        fundTreasury(25e18);
        vm.assertEq(escrow.releasePending(NODE), 25e18);
        vm.assertEq(escrow.owed(NODE), 25e18);
        vm.assertEq(escrow.pendingOf(NODE), 35e18);
        assertSolvent();
    }

    function test_anyoneMayCallAndThePayeeClaims() public {
        settle(batchOf(OTHER_USER, 100e18, NODE));
        fundTreasury(100e18);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.PendingReleased(NODE, 60e18);
        vm.prank(STRANGER);
        escrow.releasePending(NODE);
        vm.prank(NODE);
        vm.assertEq(escrow.claim(), 60e18);
        assertSolvent();
    }
}
