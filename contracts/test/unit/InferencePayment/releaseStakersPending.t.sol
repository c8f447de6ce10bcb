// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract ReleaseStakersPendingTest is EscrowTest {
    function test_releasesAsFarAsTheTreasuryGoes() public {
        settle(batchOf(OTHER_USER, 100e18, NODE));
        vm.assertEq(escrow.releaseStakersPending(), 0);
        fundTreasury(5e18);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.PendingReleased(address(escrow), 5e18);
        vm.prank(STRANGER);
        vm.assertEq(escrow.releaseStakersPending(), 5e18);
        fundTreasury(100e18);
        vm.assertEq(escrow.releaseStakersPending(), 15e18);
        vm.assertEq(escrow.stakersBalance(), 20e18);
        vm.assertEq(escrow.stakersPending(), 0);
        assertSolvent();
    }
}
