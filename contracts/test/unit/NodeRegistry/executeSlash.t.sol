// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {INodeRegistry} from "../../../src/interfaces/INodeRegistry.sol";
import {NodeState, NodeStatus} from "../../../src/types/Node.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract ExecuteSlashTest is NetworkTest {
    function test_anyoneAfterTheDelayToTheSecond() public {
        register(OWNER, NODE_KEY, MIN_STAKE);
        propose(NODE_KEY, 100e18);
        vm.warp(START + SLASH_DELAY - 1);
        vm.expectRevert(
            abi.encodeWithSelector(INodeRegistry.SlashNotExecutable.selector, 1, uint64(START) + SLASH_DELAY)
        );
        registry.executeSlash(1);
        vm.warp(START + SLASH_DELAY);
        uint256 before = token.balanceOf(TREASURY);
        vm.expectEmit(address(registry));
        emit INodeRegistry.Slashed(1, OWNER, NODE_KEY, 100e18);
        vm.prank(STRANGER);
        vm.assertEq(registry.executeSlash(1), 100e18);
        vm.assertEq(token.balanceOf(TREASURY), before + 100e18);
        NodeState memory state = stateOf(NODE_KEY);
        vm.assertEq(state.stake, MIN_STAKE - 100e18);
        vm.assertEq(state.slashLocked, 0);
        vm.assertTrue(state.status == NodeStatus.EarningIn, "no longer registered");
        assertRegistrySolvent();
    }

    /// @dev Above the stake: what is there is taken, and nothing reverts.
    function testFuzz_takesAtMostWhatIsThere(uint256 stake, uint256 unbonding, uint256[3] memory amounts) public {
        stake = bound(stake, MIN_STAKE, 1e24);
        unbonding = bound(unbonding, 0, stake);
        register(OWNER, NODE_KEY, stake);
        if (unbonding != 0 && (stake == unbonding || stake - unbonding >= MIN_STAKE)) unbond(NODE_KEY, unbonding);
        for (uint256 i = 0; i < 3; ++i) {
            propose(NODE_KEY, bound(amounts[i], 1, type(uint256).max));
        }
        vm.warp(START + SLASH_DELAY);
        uint256 left = stake;
        for (uint256 id = 1; id <= 3; ++id) {
            uint256 asked = registry.slashOf(id).amount;
            uint256 expected = asked < left ? asked : left;
            vm.assertEq(registry.executeSlash(id), expected);
            left -= expected;
        }
        vm.assertEq(stateOf(NODE_KEY).stake + stateOf(NODE_KEY).unbonding, left);
        vm.assertEq(stateOf(NODE_KEY).slashLocked, 0);
        assertRegistrySolvent();
    }

    function test_takesStakeBeforeUnbonding() public {
        register(OWNER, NODE_KEY, 3 * MIN_STAKE);
        unbond(NODE_KEY, MIN_STAKE);
        propose(NODE_KEY, 2 * MIN_STAKE + 1);
        vm.warp(START + SLASH_DELAY);
        registry.executeSlash(1);
        vm.assertEq(stateOf(NODE_KEY).stake, 0);
        vm.assertEq(stateOf(NODE_KEY).unbonding, MIN_STAKE - 1);
    }

    function test_ofAnEmptyNodeTakesNothing() public {
        propose(NODE_KEY, 1e18);
        vm.warp(START + SLASH_DELAY);
        vm.assertEq(registry.executeSlash(1), 0);
    }

    function test_once() public {
        register(OWNER, NODE_KEY, MIN_STAKE);
        propose(NODE_KEY, 1e18);
        vm.warp(START + SLASH_DELAY);
        registry.executeSlash(1);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.SlashNotOpen.selector, 1));
        registry.executeSlash(1);
    }

    function test_refusesTheUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.SlashNotOpen.selector, 0));
        registry.executeSlash(0);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.SlashNotOpen.selector, 1));
        registry.executeSlash(1);
    }
}
