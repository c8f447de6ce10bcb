// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Batch} from "../types/Batch.sol";

/// @title Arithmetic of a netted epoch
/// @dev Pure: it knows the batch, not the balances.
library Netting {
    /// @notice Operators get 60 % raised by at most a tenth.
    uint256 internal constant OPERATORS_PERCENT_MAX = 66;

    /// @notice Stakers always get a fifth.
    uint256 internal constant STAKERS_PERCENT_MIN = 20;

    /// @notice Debits and credits of the batch differ.
    error BatchNotConserved(uint256 debitedAmount, uint256 creditedAmount);

    /// @notice Operators would get more than their largest possible share.
    error OperatorsShareTooHigh(uint256 operatorsAmount, uint256 declaredAmount);

    /// @notice Stakers would get less than their share.
    error StakersShareTooLow(uint256 stakersAmount, uint256 declaredAmount);

    /// @notice Money for those in a root, and no root.
    error RootMissing();

    /// @notice Checks that the batch conserves value and that its split is one the price rules can produce.
    /// @dev Shares are rounded once per task, hence one wei of slack for each.
    /// @return declaredAmount What all payers together are to pay.
    function check(Batch calldata batch) internal pure returns (uint256 declaredAmount) {
        declaredAmount = batch.treasuryDebitAmount;
        for (uint256 i = 0; i < batch.debits.length; ++i) {
            declaredAmount += batch.debits[i].amount;
        }
        uint256 operatorsAmount = 0;
        for (uint256 i = 0; i < batch.credits.length; ++i) {
            operatorsAmount += batch.credits[i].amount;
        }
        for (uint256 i = 0; i < batch.holds.length; ++i) {
            operatorsAmount += batch.holds[i].amount;
        }
        if (batch.rootedAmount != 0 && batch.payeesRoot == 0) revert RootMissing();
        operatorsAmount += batch.rootedAmount;
        uint256 creditedAmount = operatorsAmount + batch.stakersAmount + batch.treasuryAmount;
        if (creditedAmount != declaredAmount) revert BatchNotConserved(declaredAmount, creditedAmount);

        uint256 slack = uint256(batch.taskCount) * 100;
        if (operatorsAmount * 100 > declaredAmount * OPERATORS_PERCENT_MAX + slack) {
            revert OperatorsShareTooHigh(operatorsAmount, declaredAmount);
        }
        if (batch.stakersAmount * 100 + slack < declaredAmount * STAKERS_PERCENT_MIN) {
            revert StakersShareTooLow(batch.stakersAmount, declaredAmount);
        }
    }
}
