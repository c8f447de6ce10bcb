// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

/// @dev A user with 10 FAR in its wallet, besides what it has deposited.
abstract contract TaskTest is EscrowTest {
    bytes32 internal constant TASK = "task";
    uint256 internal constant COST = 10e18;

    function setUp() public virtual override {
        super.setUp();
        give(USER, COST);
    }

    function create() internal {
        vm.prank(USER);
        escrow.createTask(TASK, COST);
    }

    function complete(uint256 actualCost, uint16 score) internal {
        vm.prank(ORACLE);
        escrow.completeTask(TASK, NODE, actualCost, score);
    }

    /// @dev A task never touches what its user has deposited.
    function assertDepositUntouched() internal view {
        vm.assertEq(escrow.userBalances(USER), DEPOSIT);
    }
}
