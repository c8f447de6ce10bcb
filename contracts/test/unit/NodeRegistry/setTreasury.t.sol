// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {INodeRegistry} from "../../../src/interfaces/INodeRegistry.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract SetTreasuryTest is NetworkTest {
    function test_theTimelockNamesIt() public {
        vm.expectEmit(address(registry));
        emit INodeRegistry.TreasuryChanged(STRANGER);
        vm.prank(TIMELOCK);
        registry.setTreasury(STRANGER);
        register(OWNER, NODE_KEY, MIN_STAKE);
        propose(NODE_KEY, 1e18);
        vm.warp(START + SLASH_DELAY);
        registry.executeSlash(1);
        vm.assertEq(token.balanceOf(STRANGER), 1e18);
    }

    function test_refusesNobodyAndTheAdmin() public {
        vm.prank(TIMELOCK);
        vm.expectRevert(INodeRegistry.AddressZero.selector);
        registry.setTreasury(address(0));
        bytes32 role = registry.PARAMETER_ROLE();
        vm.prank(ADMIN);
        vm.expectRevert(missingRole(ADMIN, role));
        registry.setTreasury(STRANGER);
    }
}
