// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {vm} from "../../support/Vm.sol";
import {RootedTest} from "./RootedTest.sol";

contract ReleaseRootedPendingTest is RootedTest {
    function test_releasesAsFarAsTheTreasuryGoes() public {
        settleRooted(OTHER_USER, 1e18, 1e18); // nobody pays
        vm.assertEq(escrow.rootedPending(), 15e18);
        vm.assertEq(escrow.releaseRootedPending(), 0);
        fundTreasury(5e18);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.PendingReleased(address(0), 5e18);
        vm.prank(STRANGER);
        vm.assertEq(escrow.releaseRootedPending(), 5e18);
        fundTreasury(100e18);
        vm.assertEq(escrow.releaseRootedPending(), 10e18);
        vm.assertEq(escrow.rootedBalance(), 15e18);
        vm.assertEq(escrow.rootedPending(), 0);
        assertSolvent();
    }
}
