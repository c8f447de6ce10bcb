// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Scaling} from "../../src/libraries/Scaling.sol";
import {vm} from "../support/Vm.sol";

contract ScalingTest {
    function testFuzz_partsSumToTheCredit(uint256 amount, uint256 funded, uint256 declared) public pure {
        declared = declared % type(uint128).max + 1;
        funded = funded % (declared + 1);
        amount = amount % (declared + 1);
        (uint256 paid, uint256 pending) = Scaling.split(amount, funded, declared);
        vm.assertEq(paid + pending, amount);
    }

    /// @dev However a batch is divided into credits, what is paid never exceeds what was funded.
    function testFuzz_paidNeverExceedsFunded(uint128[8] memory amounts, uint256 funded) public pure {
        uint256 declared = 0;
        for (uint256 i = 0; i < amounts.length; ++i) {
            declared += amounts[i];
        }
        funded = funded % (declared + 1);
        uint256 paidSum = 0;
        for (uint256 i = 0; i < amounts.length; ++i) {
            (uint256 paid,) = Scaling.split(amounts[i], funded, declared);
            paidSum += paid;
        }
        vm.assertLe(paidSum, funded, "paid at most what was funded");
        vm.assertLe(funded - paidSum, amounts.length, "at most a wei per credit is lost to rounding");
    }

    function test_nothingDeclaredNothingPending() public pure {
        (uint256 paid, uint256 pending) = Scaling.split(0, 0, 0);
        vm.assertEq(paid + pending, 0);
    }
}
