// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {ISettableFeed} from "../../src/interfaces/ISettableFeed.sol";
import {SettableFeed} from "../../src/SettableFeed.sol";
import {vm} from "../support/Vm.sol";

contract SettableFeedTest {
    SettableFeed private feed;

    function setUp() public {
        vm.warp(1_800_000_000);
        feed = new SettableFeed(address(this), 10_000_000);
    }

    function test_saysWhatItIs() public view {
        vm.assertEq(feed.description(), "FAR / USD: local demo feed, set by hand, not a market price");
        vm.assertEq(uint256(feed.decimals()), 8);
    }

    function testFuzz_setAnswerPublishesARound(uint256 seed, uint32 later) public {
        int256 answer = int256(seed % 1e30 + 1);
        vm.warp(1_800_000_000 + uint256(later));
        feed.setAnswer(answer);
        (uint80 roundId, int256 latest, uint256 startedAt, uint256 updatedAt, uint80 answeredIn) =
            feed.latestRoundData();
        vm.assertEq(latest, answer, "answer");
        vm.assertEq(uint256(roundId), 2);
        vm.assertEq(uint256(answeredIn), 2);
        vm.assertEq(startedAt, updatedAt);
        vm.assertEq(updatedAt, 1_800_000_000 + uint256(later));
    }

    function test_getRoundDataKnowsTheNewestOnly() public {
        feed.setAnswer(11_000_000);
        (, int256 answer,,,) = feed.getRoundData(2);
        vm.assertEq(answer, 11_000_000, "answer");
        vm.expectRevert(abi.encodeWithSelector(ISettableFeed.RoundUnknown.selector, 1));
        feed.getRoundData(1);
    }

    function test_refusesStrangers() public {
        vm.prank(address(1));
        vm.expectRevert(abi.encodeWithSignature("OwnableUnauthorizedAccount(address)", address(1)));
        feed.setAnswer(1);
    }

    function testFuzz_refusesWhatIsNoPrice(int256 answer) public {
        vm.assume(answer <= 0);
        vm.expectRevert(abi.encodeWithSelector(ISettableFeed.AnswerNotPositive.selector, answer));
        feed.setAnswer(answer);
    }
}
