// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract ClaimTreasuryTest is EscrowTest {
    function testFuzz_claimsUpToItsBalance(uint256 amount) public {
        settle(batchOf(USER, 100e18, NODE));
        amount = bound(amount, 1, 20e18);
        uint256 before = token.balanceOf(TREASURY);
        vm.prank(TREASURY);
        escrow.claimTreasury(amount);
        vm.assertEq(token.balanceOf(TREASURY), before + amount);
        vm.assertEq(escrow.treasuryBalance(), 20e18 - amount);
        assertSolvent();
    }

    function test_refusesMoreThanItsBalance() public {
        settle(batchOf(USER, 100e18, NODE));
        vm.prank(TREASURY);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.TreasuryBalanceTooLow.selector, 20e18 + 1, 20e18));
        escrow.claimTreasury(20e18 + 1);
    }

    /// @dev Operators that wait for their credit come before the treasury.
    function test_cannotTakeWhatOthersWaitFor() public {
        settle(batchOf(OTHER_USER, 100e18, NODE)); // nobody pays, nothing is funded
        vm.assertEq(escrow.totalPending(), 80e18);
        fundTreasury(100e18);
        vm.prank(TREASURY);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.TreasuryBalanceTooLow.selector, 20e18 + 1, 20e18));
        escrow.claimTreasury(20e18 + 1);
        vm.prank(TREASURY);
        escrow.claimTreasury(20e18);
        vm.assertEq(escrow.releasePending(NODE) + escrow.releaseStakersPending(), 80e18);
        assertSolvent();
    }

    function test_refusesStrangers() public {
        vm.prank(ADMIN);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.NotTreasury.selector, ADMIN));
        escrow.claimTreasury(1);
    }

    function test_refusesZero() public {
        vm.prank(TREASURY);
        vm.expectRevert(IInferencePayment.AmountZero.selector);
        escrow.claimTreasury(0);
    }

    function test_worksWhilePaused() public {
        fundTreasury(5e18);
        vm.prank(PAUSER);
        escrow.pause();
        vm.prank(TREASURY);
        escrow.claimTreasury(5e18);
        assertSolvent();
    }
}
