// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {INodeRegistry} from "../../../src/interfaces/INodeRegistry.sol";
import {Batch, Credit, Hold} from "../../../src/types/Batch.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

/// @dev A registry that takes nothing.
contract BrokenRegistry {
    function creditHeld(address, bytes32, uint256) external pure {
        revert("broken");
    }
}

/// @dev settleBatch with nodes that earn in.
contract SettleBatchHoldsTest is NetworkTest {
    function test_heldEarningsGoToTheRegistry() public {
        vm.expectEmit(address(registry));
        emit INodeRegistry.Held(OWNER, NODE_KEY, 60e18, 60e18);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.HoldPaid(NODE_KEY, OWNER, 1, 60e18);
        settle(holdBatch(USER, 100e18, OWNER, NODE_KEY));
        vm.assertEq(stateOf(NODE_KEY).stake, 60e18);
        vm.assertEq(escrow.owed(OWNER), 0);
        assertSolvent();
        assertRegistrySolvent();
    }

    function test_severalHoldsBesideCredits() public {
        Batch memory batch = holdBatch(USER, 100e18, OWNER, NODE_KEY);
        batch.holds = new Hold[](3);
        batch.holds[0] = Hold(NODE_KEY, OWNER, 10e18);
        batch.holds[1] = Hold(OTHER_NODE_KEY, OWNER, 15e18);
        batch.holds[2] = Hold(NODE_KEY, OWNER, 5e18);
        batch.credits = new Credit[](1);
        batch.credits[0] = Credit(NODE, 30e18);
        settle(batch);
        vm.assertEq(stateOf(NODE_KEY).stake, 15e18);
        vm.assertEq(stateOf(OTHER_NODE_KEY).stake, 15e18);
        vm.assertEq(escrow.owed(NODE), 30e18);
        assertSolvent();
        assertRegistrySolvent();
    }

    function test_whatIsNotFundedIsTheOwnersPending() public {
        deposit(OTHER_USER, 50e18);
        settle(holdBatch(OTHER_USER, 100e18, OWNER, NODE_KEY));
        vm.assertEq(stateOf(NODE_KEY).stake, 30e18);
        vm.assertEq(escrow.pendingOf(OWNER), 30e18);
        fundTreasury(40e18);
        escrow.releasePending(OWNER);
        vm.assertEq(escrow.owed(OWNER), 30e18);
        assertSolvent();
        assertRegistrySolvent();
    }

    function test_withoutARegistryTheOwnerMayClaimIt() public {
        vm.prank(TIMELOCK);
        escrow.setRegistry(address(0));
        vm.expectEmit(address(escrow));
        emit IInferencePayment.HoldRefused(NODE_KEY, OWNER, 1, 60e18);
        settle(holdBatch(USER, 100e18, OWNER, NODE_KEY));
        vm.prank(OWNER);
        vm.assertEq(escrow.claim(), 60e18);
        assertSolvent();
    }

    function test_aBrokenRegistryHoldsNoEpochUp() public {
        address broken = address(new BrokenRegistry());
        vm.prank(TIMELOCK);
        escrow.setRegistry(broken);
        settle(holdBatch(USER, 100e18, OWNER, NODE_KEY));
        vm.assertEq(escrow.owed(OWNER), 60e18);
        vm.assertEq(token.balanceOf(broken), 0);
        assertSolvent();
    }

    /// @dev Whatever its owner does with the node, the epoch goes through.
    function testFuzz_noNodeCanRevertABatch(uint256 amount, uint256 slashed, bool registered, bool unbonds) public {
        amount = bound(amount, 1, DEPOSIT);
        if (registered) register(OWNER, NODE_KEY, MIN_STAKE);
        if (unbonds && registered) unbond(NODE_KEY, MIN_STAKE);
        propose(NODE_KEY, bound(slashed, 1, type(uint256).max));
        settle(holdBatch(USER, amount, OWNER, NODE_KEY));
        vm.assertEq(stateOf(NODE_KEY).stake, (registered && !unbonds ? MIN_STAKE : 0) + amount * 60 / 100);
        assertSolvent();
        assertRegistrySolvent();
    }

    function test_refusesMoreThan400PayeesTogether() public {
        Batch memory batch = emptyBatch(0, 200);
        batch.holds = new Hold[](201);
        vm.prank(ORACLE);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.BatchTooLarge.selector, 401, 400));
        escrow.settleBatch(batch);
    }

    /// @dev Neither could ever claim.
    function test_refusesNobodyAndItselfAsAPayee() public {
        address[2] memory nobody = [address(0), address(escrow)];
        for (uint256 i = 0; i < nobody.length; ++i) {
            bytes memory expected = abi.encodeWithSelector(IInferencePayment.PayeeInvalid.selector, nobody[i]);
            Batch memory batch = batchOf(USER, 100e18, nobody[i]);
            vm.prank(ORACLE);
            vm.expectRevert(expected);
            escrow.settleBatch(batch);
            batch = holdBatch(USER, 100e18, nobody[i], NODE_KEY);
            vm.prank(ORACLE);
            vm.expectRevert(expected);
            escrow.settleBatch(batch);
        }
    }
}
