// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract CancelPendingTest is EscrowTest {
    function cancel(address payee, uint256 amount) private returns (uint256) {
        vm.prank(TIMELOCK);
        return escrow.cancelPending(payee, amount);
    }

    function testFuzz_theTreasuryNoLongerOwesIt(uint256 amount) public {
        settle(batchOf(OTHER_USER, 100e18, NODE)); // nobody pays, all of it waits
        amount = bound(amount, 1, 60e18);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.PendingCancelled(NODE, amount);
        vm.assertEq(cancel(NODE, amount), amount);
        vm.assertEq(escrow.pendingOf(NODE), 60e18 - amount);
        vm.assertEq(escrow.totalPending(), 80e18 - amount);
        fundTreasury(100e18);
        vm.assertEq(escrow.releasePending(NODE), 60e18 - amount);
        escrow.releaseStakersPending();
        vm.prank(TREASURY);
        escrow.claimTreasury(20e18 + amount);
        assertSolvent();
    }

    function test_stakersAndRootsToo() public {
        settle(rootedBatch(OTHER_USER, 100e18, keccak256("root")));
        vm.assertEq(cancel(address(escrow), 20e18), 20e18);
        vm.assertEq(cancel(address(0), 59e18), 59e18);
        vm.assertEq(escrow.stakersPending(), 0);
        vm.assertEq(escrow.rootedPending(), 1e18);
        vm.assertEq(escrow.totalPending(), 1e18);
        assertSolvent();
    }

    /// @dev What was announced must not fail because somebody released a part of it meanwhile.
    function test_takesWhatStillWaits() public {
        settle(batchOf(OTHER_USER, 100e18, NODE));
        fundTreasury(25e18);
        vm.prank(STRANGER);
        escrow.releasePending(NODE);
        vm.assertEq(cancel(NODE, 60e18), 35e18);
        vm.assertEq(cancel(NODE, 60e18), 0);
        vm.assertEq(escrow.owed(NODE), 25e18);
        assertSolvent();
    }

    function test_whatIsOwedIsNotTouched() public {
        settle(batchOf(USER, 100e18, NODE));
        vm.assertEq(cancel(NODE, 60e18), 0);
        vm.assertEq(escrow.owed(NODE), 60e18);
    }

    function test_refusesEverybodyElse() public {
        bytes32 role = escrow.PARAMETER_ROLE();
        address[3] memory others = [ADMIN, ORACLE, STRANGER];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.prank(others[i]);
            vm.expectRevert(missingRole(others[i], role));
            escrow.cancelPending(NODE, 1);
        }
    }
}
