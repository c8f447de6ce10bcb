// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {INodeRegistry} from "../../../src/interfaces/INodeRegistry.sol";
import {Slash, SlashState} from "../../../src/types/Slash.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract ProposeSlashTest is NetworkTest {
    function test_locksStake() public {
        register(OWNER, NODE_KEY, MIN_STAKE);
        vm.expectEmit(address(registry));
        emit INodeRegistry.SlashProposed(1, OWNER, NODE_KEY, 100e18, "evidence", uint64(START) + SLASH_DELAY);
        vm.assertEq(propose(NODE_KEY, 100e18), 1);
        vm.assertEq(stateOf(NODE_KEY).slashLocked, 100e18);
        vm.assertEq(registry.freeStake(OWNER, NODE_KEY), MIN_STAKE - 100e18);
        Slash memory slash = registry.slashOf(1);
        vm.assertTrue(slash.state == SlashState.Proposed, "proposed");
        vm.assertEq(slash.owner, OWNER);
        vm.assertEq(slash.node, NODE_KEY);
        vm.assertEq(slash.amount, 100e18);
        assertRegistrySolvent();
    }

    /// @dev However much is asked for, of whomever and how often.
    function testFuzz_neverRevertsForTheSlasher(uint256[4] memory amounts, uint256 stake) public {
        if (stake % 2 == 0) register(OWNER, NODE_KEY, bound(stake, MIN_STAKE, 1e24));
        for (uint256 i = 0; i < amounts.length; ++i) {
            if (amounts[i] != 0) propose(NODE_KEY, amounts[i]);
        }
        if (stateOf(NODE_KEY).slashLocked >= stateOf(NODE_KEY).stake) {
            vm.assertEq(registry.freeStake(OWNER, NODE_KEY), 0);
        }
    }

    function test_refusesZero() public {
        vm.prank(SLASHER);
        vm.expectRevert(INodeRegistry.AmountZero.selector);
        registry.proposeSlash(OWNER, NODE_KEY, 0, "evidence");
    }

    function test_isTheSlashersAlone() public {
        bytes32 role = registry.SLASHER_ROLE();
        vm.prank(ORACLE);
        vm.expectRevert(missingRole(ORACLE, role));
        registry.proposeSlash(OWNER, NODE_KEY, 1, "evidence");
    }
}
