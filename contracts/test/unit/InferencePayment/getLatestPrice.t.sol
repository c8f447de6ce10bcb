// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {InferencePayment} from "../../../src/InferencePayment.sol";
import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {PaymentParams} from "../../../src/types/PaymentParams.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

/// @dev Answers whatever it was told, now.
contract BrokenFeed {
    uint8 public constant decimals = 8;
    int256 private immutable _answer;

    constructor(int256 answer) {
        _answer = answer;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (1, _answer, block.timestamp, block.timestamp, 1);
    }
}

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

    function testFuzz_refusesAnAnswerThatIsNotPositive(int256 answer) public {
        if (answer > 0) answer = -answer;
        PaymentParams memory other = params();
        other.priceFeed = address(new BrokenFeed(answer));
        escrow = new InferencePayment(other);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.PriceInvalid.selector, answer, block.timestamp));
        escrow.getLatestPrice();
    }
}
