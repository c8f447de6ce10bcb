// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract FundTreasuryTest is EscrowTest {
    function testFuzz_fundedFromAnyWallet(uint256 amount) public {
        amount = bound(amount, 1, 1_000e18);
        give(STRANGER, amount);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.TreasuryFunded(STRANGER, amount);
        vm.prank(STRANGER);
        escrow.fundTreasury(amount);
        vm.assertEq(escrow.treasuryBalance(), amount);
        assertSolvent();
    }

    function test_refusesZero() public {
        vm.expectRevert(IInferencePayment.AmountZero.selector);
        escrow.fundTreasury(0);
    }
}
