// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract GetLatestPriceTest is EscrowTest {
    function testFuzz_returnsAFreshAnswer(uint256 age) public {
        vm.warp(START + bound(age, 0, PRICE_MAX_AGE));
        (uint256 answer, uint256 updatedAt) = escrow.getLatestPrice();
        vm.assertEq(answer, 10_000_000);
        vm.assertEq(updatedAt, START);
    }

    function testFuzz_refusesAStaleOne(uint256 age) public {
        vm.warp(START + bound(age, uint256(PRICE_MAX_AGE) + 1, 1_000 days));
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.PriceStale.selector, START, PRICE_MAX_AGE));
        escrow.getLatestPrice();
    }

    function test_isFreshAgainAfterANewRound() public {
        vm.warp(START + 10 days);
        vm.prank(ADMIN);
        feed.setAnswer(12_345_678);
        (uint256 answer,) = escrow.getLatestPrice();
        vm.assertEq(answer, 12_345_678);
    }

    function test_refusesAnAnswerFromTheFuture() public {
        vm.warp(START - 1);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.PriceInvalid.selector, int256(10_000_000), START));
        escrow.getLatestPrice();
    }
}
