// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {Tree} from "../../support/Tree.sol";
import {vm} from "../../support/Vm.sol";
import {RootedTest} from "./RootedTest.sol";

contract ClaimRootedTest is RootedTest {
    function test_everyPayeeOfTheRootIsPaid() public {
        settleRooted(USER, 1e18, 1e18);
        vm.warp(START + DISPUTE_DELAY);
        for (uint256 i = 0; i < PAYEES; ++i) {
            vm.expectEmit(address(escrow));
            emit IInferencePayment.RootedClaimed(payee(i), 1, (i + 1) * 1e18, (i + 1) * 1e18);
            vm.assertEq(claimAs(i, 1, 1e18), (i + 1) * 1e18);
            vm.assertEq(token.balanceOf(payee(i)), (i + 1) * 1e18);
        }
        vm.assertEq(escrow.rootedBalance(), 0);
        assertSolvent();
    }

    /// @dev Roots are cumulative: the newest pays what all before it did not.
    function test_laterRootsPayTheDifference() public {
        settleRooted(USER, 1e18, 1e18);
        settleRooted(USER, 2e18, 3e18);
        vm.warp(START + DISPUTE_DELAY);
        vm.assertEq(claimAs(2, 1, 1e18), 3e18);
        vm.assertEq(claimAs(2, 2, 3e18), 6e18);
        vm.assertEq(claimAs(4, 2, 3e18), 15e18);
        vm.assertEq(escrow.claimedRooted(payee(2)), 9e18);
        vm.prank(payee(4));
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.NothingOwed.selector, payee(4)));
        escrow.claimRooted(1, 5e18, Tree.proof(leavesOf(1e18), 4));
        assertSolvent();
    }

    function test_paysOnce() public {
        settleRooted(USER, 1e18, 1e18);
        vm.warp(START + DISPUTE_DELAY);
        claimAs(0, 1, 1e18);
        vm.prank(payee(0));
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.NothingOwed.selector, payee(0)));
        escrow.claimRooted(1, 1e18, Tree.proof(leavesOf(1e18), 0));
    }

    function test_waitsForTheDisputeWindowToTheSecond() public {
        settleRooted(USER, 1e18, 1e18);
        vm.warp(START + DISPUTE_DELAY - 1);
        vm.prank(payee(0));
        vm.expectRevert(
            abi.encodeWithSelector(IInferencePayment.RootNotClaimable.selector, 1, uint64(START) + DISPUTE_DELAY)
        );
        escrow.claimRooted(1, 1e18, Tree.proof(leavesOf(1e18), 0));
        vm.warp(START + DISPUTE_DELAY);
        claimAs(0, 1, 1e18);
    }

    function testFuzz_refusesAnotherAmount(uint256 amount) public {
        vm.assume(amount != 3e18);
        settleRooted(USER, 1e18, 1e18);
        vm.warp(START + DISPUTE_DELAY);
        vm.prank(payee(2));
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.ProofInvalid.selector, payee(2), amount));
        escrow.claimRooted(1, amount, Tree.proof(leavesOf(1e18), 2));
    }

    function testFuzz_refusesAnotherPayee(address thief) public {
        vm.assume(thief != payee(2) && thief != address(0));
        settleRooted(USER, 1e18, 1e18);
        vm.warp(START + DISPUTE_DELAY);
        vm.prank(thief);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.ProofInvalid.selector, thief, 3e18));
        escrow.claimRooted(1, 3e18, Tree.proof(leavesOf(1e18), 2));
    }

    function testFuzz_refusesAMutatedProof(uint256 index, bytes32 sibling) public {
        settleRooted(USER, 1e18, 1e18);
        vm.warp(START + DISPUTE_DELAY);
        bytes32[] memory proof = Tree.proof(leavesOf(1e18), 2);
        index = index % proof.length;
        vm.assume(proof[index] != sibling);
        proof[index] = sibling;
        vm.prank(payee(2));
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.ProofInvalid.selector, payee(2), 3e18));
        escrow.claimRooted(1, 3e18, proof);
    }

    /// @dev An inner node, given as if it were a leaf, has no preimage of that form: leaves are hashed twice.
    function test_refusesAnInnerNodeAsALeaf() public {
        settleRooted(USER, 1e18, 1e18);
        vm.warp(START + DISPUTE_DELAY);
        bytes32[] memory rest = new bytes32[](0);
        vm.prank(payee(2));
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.ProofInvalid.selector, payee(2), 3e18));
        escrow.claimRooted(1, 3e18, rest);
    }

    function test_refusesAnEpochWithoutARoot() public {
        settle(batchOf(USER, 1e18, NODE));
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.RootUnknown.selector, 1));
        escrow.claimRooted(1, 1e18, new bytes32[](0));
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.RootUnknown.selector, 9));
        escrow.claimRooted(9, 1e18, new bytes32[](0));
    }

    /// @dev Half funded: who comes first takes all it is credited, the others the rest once the treasury has it.
    function test_paysAsFarAsItIsFunded() public {
        deposit(OTHER_USER, 12_500_000_000_000_000_000);
        settleRooted(OTHER_USER, 1e18, 1e18); // 25 declared, 12.5 there
        vm.assertEq(escrow.rootedBalance(), 7.5e18);
        vm.assertEq(escrow.rootedPending(), 7.5e18);
        vm.warp(START + DISPUTE_DELAY);
        vm.assertEq(claimAs(4, 1, 1e18), 5e18);
        vm.assertEq(claimAs(3, 1, 1e18), 2.5e18);
        vm.prank(payee(3));
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.NothingOwed.selector, payee(3)));
        escrow.claimRooted(1, 4e18, Tree.proof(leavesOf(1e18), 3));
        fundTreasury(7.5e18);
        escrow.releaseRootedPending();
        vm.assertEq(claimAs(3, 1, 1e18), 1.5e18);
        vm.assertEq(claimAs(2, 1, 1e18) + claimAs(1, 1, 1e18) + claimAs(0, 1, 1e18), 6e18);
        assertSolvent();
    }

    function test_worksWhilePaused() public {
        settleRooted(USER, 1e18, 1e18);
        vm.prank(PAUSER);
        escrow.pause();
        vm.warp(START + DISPUTE_DELAY);
        claimAs(0, 1, 1e18);
    }
}
