// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {Tree} from "../../support/Tree.sol";
import {vm} from "../../support/Vm.sol";
import {RootedTest} from "./RootedTest.sol";

contract DisputeRootTest is RootedTest {
    function dispute(uint64 epoch) private {
        vm.prank(PAUSER);
        escrow.disputeRoot(epoch);
    }

    /// @dev The next root, right again, pays what the disputed one was to pay.
    function test_theNextRootCoversADisputedOne() public {
        settleRooted(USER, 1e18, 100e18); // a root that says far too much
        vm.expectEmit(address(escrow));
        emit IInferencePayment.RootDisputed(1);
        dispute(1);
        settleRooted(USER, 1e18, 2e18);
        vm.warp(START + DISPUTE_DELAY);
        vm.prank(payee(0));
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.RootIsDisputed.selector, 1));
        escrow.claimRooted(1, 100e18, Tree.proof(leavesOf(100e18), 0));
        for (uint256 i = 0; i < PAYEES; ++i) {
            vm.assertEq(claimAs(i, 2, 2e18), (i + 1) * 2e18);
        }
        vm.assertEq(escrow.rootedBalance(), 0);
        (,, bool disputed) = escrow.payeesRootOf(1);
        vm.assertTrue(disputed, "for good");
    }

    function test_refusesAfterTheWindow() public {
        settleRooted(USER, 1e18, 1e18);
        vm.warp(START + DISPUTE_DELAY);
        vm.prank(PAUSER);
        vm.expectRevert(
            abi.encodeWithSelector(IInferencePayment.DisputeWindowOver.selector, 1, uint64(START) + DISPUTE_DELAY)
        );
        escrow.disputeRoot(1);
        vm.warp(START + DISPUTE_DELAY - 1);
        dispute(1);
    }

    function test_refusesTwiceAndTheUnknown() public {
        settleRooted(USER, 1e18, 1e18);
        dispute(1);
        vm.prank(PAUSER);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.RootIsDisputed.selector, 1));
        escrow.disputeRoot(1);
        vm.prank(PAUSER);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.RootUnknown.selector, 2));
        escrow.disputeRoot(2);
    }

    function test_refusesStrangers() public {
        settleRooted(USER, 1e18, 1e18);
        bytes32 role = escrow.PAUSER_ROLE();
        vm.prank(ORACLE);
        vm.expectRevert(missingRole(ORACLE, role));
        escrow.disputeRoot(1);
    }
}
