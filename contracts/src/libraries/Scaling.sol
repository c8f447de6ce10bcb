// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title What happens to a credit that is not wholly funded
library Scaling {
    /// @notice Cuts a credit to the funded share of its batch, rounding down.
    /// @param amount The credit as declared.
    /// @param fundedAmount What the payers and the treasury could pay, at most `declaredAmount`.
    /// @param declaredAmount What the batch declared; not zero unless `fundedAmount` equals it.
    /// @return paid Payable now.
    /// @return pending The rest, carried; `paid + pending == amount`.
    function split(uint256 amount, uint256 fundedAmount, uint256 declaredAmount)
        internal
        pure
        returns (uint256 paid, uint256 pending)
    {
        if (fundedAmount == declaredAmount) return (amount, 0);
        paid = Math.mulDiv(amount, fundedAmount, declaredAmount);
        pending = amount - paid;
    }
}
