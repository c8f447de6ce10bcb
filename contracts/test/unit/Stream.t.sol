// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Stream} from "../../src/libraries/Stream.sol";
import {vm} from "../support/Vm.sol";

contract StreamTest {
    using Stream for Stream.Flow;

    uint256 private constant PERIOD = 7 days;
    uint256 private constant START = 1_800_000_000;

    function stream(uint256 amount) private pure returns (Stream.Flow memory) {
        return Stream.Flow(0, uint64(START), uint64(START)).add(amount, PERIOD);
    }

    /// @dev However it is looked at in between, and whether anybody receives: what flowed and what is left is what came.
    function testFuzz_nothingIsLost(uint256[16] memory steps) public pure {
        Stream.Flow memory flow = stream(1e18);
        uint256 come = 1e18;
        uint256 gone = 0;
        uint256 time = START;
        for (uint256 i = 0; i < steps.length; ++i) {
            time += steps[i] % 2 days;
            uint256 flowed;
            (flow, flowed) = flow.advance(time, steps[i] >> 255 == 0);
            gone += flowed;
            if (i % 4 == 0) {
                uint256 amount = (steps[i] >> 32) % 1e27 + 1;
                flow = flow.add(amount, PERIOD);
                come += amount;
            }
            vm.assertEq(gone + flow.left, come);
            vm.assertLe(flow.endsAt, time + PERIOD, "a period at most");
        }
        (, uint256 rest) = flow.advance(time + PERIOD, true);
        vm.assertEq(gone + rest, come);
    }

    function testFuzz_flowsEvenly(uint256 amount, uint256 elapsed) public pure {
        amount = amount % 1e27 + 1;
        elapsed = elapsed % (PERIOD + 1);
        (, uint256 flowed) = stream(amount).advance(START + elapsed, true);
        vm.assertEq(flowed, amount * elapsed / PERIOD);
    }

    function testFuzz_standsStillWhileNobodyReceives(uint256 elapsed) public pure {
        elapsed = elapsed % 1_000 days;
        (Stream.Flow memory flow, uint256 flowed) = stream(1e18).advance(START + elapsed, false);
        vm.assertEq(flowed, 0);
        vm.assertEq(flow.left, 1e18);
        vm.assertEq(flow.endsAt, START + elapsed + PERIOD);
    }

    /// @dev Dust of d, put in with L left of R, moves the end by at most d/R of a period, and a second for rounding.
    function testFuzz_dustDoesNotPutTheEndOff(uint256 amount, uint256 dust, uint256 elapsed) public pure {
        amount = amount % 1e27 + 1e18;
        dust = dust % 1e9 + 1;
        (Stream.Flow memory flow,) = stream(amount).advance(START + elapsed % (PERIOD - 1 hours), true);
        vm.assertLe(flow.add(dust, PERIOD).endsAt, flow.endsAt + 1, "a second");
    }
}
