// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

/// @dev Gas of whole transactions to the registry.
contract NodeRegistryGasTest is NetworkTest {
    function record(string memory name) private {
        vm.snapshotGasLastCall("NodeRegistry", name);
    }

    function setUp() public override {
        super.setUp();
        register(STRANGER, OTHER_NODE_KEY, MIN_STAKE); // somebody was here before
    }

    function test_aNodesLife() public {
        give(OWNER, 3 * MIN_STAKE, address(registry));
        vm.prank(OWNER);
        registry.registerNode(NODE_KEY, MIN_STAKE);
        record("registerNode");
        vm.prank(OWNER);
        registry.addStake(NODE_KEY, MIN_STAKE);
        record("addStake");
        vm.prank(OWNER);
        registry.heartbeat(NODE_KEY);
        record("heartbeat, first of a node");
        vm.prank(ORACLE);
        registry.updateNodeRating(OWNER, NODE_KEY, 8_000);
        record("updateNodeRating");
        unbond(NODE_KEY, 2 * MIN_STAKE);
        record("requestUnbond");
        vm.warp(START + UNBOND_DELAY);
        vm.prank(OWNER);
        registry.withdrawUnbonded(NODE_KEY);
        record("withdrawUnbonded");
    }

    function test_aSlash() public {
        register(OWNER, NODE_KEY, MIN_STAKE);
        uint256 id = propose(NODE_KEY, 10e18);
        record("proposeSlash");
        appeal(id);
        record("appealSlash");
        vm.prank(ARBITER);
        registry.resolveAppeal(id, false);
        record("resolveAppeal");
        vm.warp(START + SLASH_DELAY);
        registry.executeSlash(id);
        record("executeSlash");
    }
}
