// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract ForgiveReceivableTest is EscrowTest {
    function forgive(address wallet, uint256 amount) private returns (uint256) {
        vm.prank(TIMELOCK);
        return escrow.forgiveReceivable(wallet, amount);
    }

    function testFuzz_theNextDepositIsTheWalletsOwn(uint256 amount) public {
        settle(batchOf(OTHER_USER, 100e18, NODE));
        amount = bound(amount, 1, 100e18);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.ReceivableForgiven(OTHER_USER, amount);
        vm.assertEq(forgive(OTHER_USER, amount), amount);
        deposit(OTHER_USER, 150e18);
        vm.assertEq(escrow.userBalances(OTHER_USER), 50e18 + amount);
        vm.assertEq(escrow.receivableOf(OTHER_USER), 0);
        assertSolvent();
    }

    /// @dev What was announced must not fail because the wallet paid a part of it meanwhile.
    function test_takesWhatIsStillOwed() public {
        settle(batchOf(OTHER_USER, 100e18, NODE));
        deposit(OTHER_USER, 70e18);
        vm.assertEq(forgive(OTHER_USER, 100e18), 30e18);
        vm.assertEq(forgive(OTHER_USER, 100e18), 0);
        vm.assertEq(escrow.treasuryBalance(), 70e18);
        assertSolvent();
    }

    function test_refusesEverybodyElse() public {
        bytes32 role = escrow.PARAMETER_ROLE();
        address[3] memory others = [ADMIN, ORACLE, STRANGER];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.prank(others[i]);
            vm.expectRevert(missingRole(others[i], role));
            escrow.forgiveReceivable(OTHER_USER, 1);
        }
    }
}
