// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract ClaimTest is EscrowTest {
    function testFuzz_paysEverythingOwed(uint256 first, uint256 second) public {
        first = bound(first, 2, DEPOSIT / 2);
        second = bound(second, 2, DEPOSIT / 2);
        settle(batchOf(USER, first, NODE));
        settle(batchOf(USER, second, NODE));
        uint256 expected = first * 60 / 100 + second * 60 / 100;
        vm.expectEmit(address(escrow));
        emit IInferencePayment.Claimed(NODE, expected);
        vm.prank(NODE);
        vm.assertEq(escrow.claim(), expected);
        vm.assertEq(token.balanceOf(NODE), expected);
        vm.assertEq(escrow.totalOwed(), 0);
        assertSolvent();
    }

    function test_refusesWhenNothingIsOwed() public {
        settle(batchOf(USER, 100e18, NODE));
        vm.prank(NODE);
        escrow.claim();
        vm.prank(NODE);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.NothingOwed.selector, NODE));
        escrow.claim();
    }

    function test_worksWhilePaused() public {
        settle(batchOf(USER, 100e18, NODE));
        vm.prank(PAUSER);
        escrow.pause();
        vm.prank(NODE);
        escrow.claim();
        vm.assertEq(token.balanceOf(NODE), 60e18);
    }
}
