// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {INodeRegistry} from "../../../src/interfaces/INodeRegistry.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract UnfreezeSlashesTest is NetworkTest {
    function test_letsSlashesGoOn() public {
        register(OWNER, NODE_KEY, MIN_STAKE);
        propose(NODE_KEY, 100e18);
        vm.prank(ARBITER);
        registry.freezeSlashes(uint64(START) + 7 days);
        vm.warp(START + SLASH_DELAY);
        vm.expectEmit(address(registry));
        emit INodeRegistry.SlashesUnfrozen();
        vm.prank(ARBITER);
        registry.unfreezeSlashes();
        vm.assertEq(registry.executeSlash(1), 100e18);
    }

    function test_isTheArbitersAlone() public {
        bytes32 role = registry.ARBITER_ROLE();
        vm.prank(ADMIN);
        vm.expectRevert(missingRole(ADMIN, role));
        registry.unfreezeSlashes();
    }
}
