// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Accumulator} from "../../src/libraries/Accumulator.sol";
import {vm} from "../support/Vm.sol";

contract AccumulatorTest {
    using Accumulator for Accumulator.Pool;
    using Accumulator for Accumulator.Member;

    uint256 private constant MEMBERS = 3;

    Accumulator.Pool private pool;
    Accumulator.Member[3] private members;
    uint256[3] private weights;

    /// @dev In 2⁻¹²⁸ wei and to the last of them: shared = Σ members' shares + what was taken + carried.
    function testFuzz_nothingIsLostInAnyOrder(uint256[24] memory steps) public {
        uint256 shared = 0;
        uint256 taken = 0;
        for (uint256 i = 0; i < steps.length; ++i) {
            uint256 who = steps[i] % MEMBERS;
            uint256 amount = (steps[i] >> 8) % 1e27;
            uint256 total = weights[0] + weights[1] + weights[2];
            if (i % 3 == 0) {
                pool.accrue(members[who], weights[who]);
                weights[who] = amount % (i % 2 == 0 ? 1e27 : 100);
            } else if (i % 3 == 1 && total != 0) {
                pool.share(amount, total);
                shared += amount;
            } else {
                pool.accrue(members[who], weights[who]);
                taken += members[who].take();
            }
        }
        uint256 sum = pool.carried;
        for (uint256 i = 0; i < MEMBERS; ++i) {
            pool.accrue(members[i], weights[i]);
            sum += members[i].scaled;
        }
        vm.assertEq(sum + (taken << 128), shared << 128);
    }

    function testFuzz_whatIsShownIsWhatIsTaken(uint256 amount, uint256[3] memory drawn) public {
        amount = amount % 1e27;
        for (uint256 i = 0; i < MEMBERS; ++i) {
            weights[i] = drawn[i] % 1e27 + 1;
        }
        uint256 total = weights[0] + weights[1] + weights[2];
        uint256 shown = pool.pending(members[0], weights[0], amount, total);
        pool.share(amount, total);
        pool.accrue(members[0], weights[0]);
        vm.assertEq(members[0].take(), shown);
        vm.assertLe(shown, amount * weights[0] / total, "rounding favours the pool");
        vm.assertLe(amount * weights[0] / total - shown, 1, "by at most a wei");
    }

    function test_sharingNothingAmongNobodyDoesNothing() public {
        pool.share(0, 0);
        vm.assertEq(pool.perWeight + pool.carried, 0);
    }
}
