// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {EscrowTest} from "../../support/EscrowTest.sol";
import {Tree} from "../../support/Tree.sol";
import {vm} from "../../support/Vm.sol";

/// @dev A root over five payees, of whom the third is to get 60 FAR.
abstract contract RootedTest is EscrowTest {
    uint256 internal constant PAYEES = 5;

    function payee(uint256 i) internal pure returns (address) {
        return address(uint160(0x5000 + i));
    }

    /// @dev Payee i was credited (i + 1) × unit so far; the five together 15 units.
    function leavesOf(uint256 unit) internal pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](PAYEES);
        for (uint256 i = 0; i < PAYEES; ++i) {
            leaves[i] = Tree.leaf(payee(i), (i + 1) * unit);
        }
    }

    /// @dev Settles an epoch that pays 15 units to the five.
    function settleRooted(address payer, uint256 unit, uint256 cumulativeUnit) internal {
        settle(rootedBatch(payer, 25 * unit, Tree.root(leavesOf(cumulativeUnit))));
    }

    function claimAs(uint256 i, uint64 epoch, uint256 unit) internal returns (uint256) {
        bytes32[] memory proof = Tree.proof(leavesOf(unit), i);
        vm.prank(payee(i));
        return escrow.claimRooted(epoch, (i + 1) * unit, proof);
    }
}
