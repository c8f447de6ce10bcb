// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {INodeRegistry} from "../../../src/interfaces/INodeRegistry.sol";
import {vm} from "../../support/Vm.sol";
import {Books} from "../Books.sol";

/// @dev What owners do with their nodes' stakes.
abstract contract StakeActions is Books {
    function register(uint256 who, uint256 which, uint256 amount) public {
        (address owner_, bytes32 key) = (owner(who), nodeKey(which));
        uint256 stake = ghostNodes[owner_][key].stake;
        if (stake >= MIN_STAKE) return addStake(who, which, amount);
        amount = MIN_STAKE - stake + amount % MIN_STAKE;
        if (amount % 8 == 0) amount = MIN_STAKE - stake - 1;
        bytes4 expected = stake + amount < MIN_STAKE ? INodeRegistry.StakeBelowMinimum.selector : bytes4(0);
        arm(owner_, amount, address(registry));
        act("registerNode", owner_, address(registry), abi.encodeCall(registry.registerNode, (key, amount)), expected);
        if (expected == 0) raise(owner_, key, amount);
    }

    function addStake(uint256 who, uint256 which, uint256 amount) public {
        (address owner_, bytes32 key) = (owner(who), nodeKey(which));
        if (ghostNodes[owner_][key].stake == 0) return register(who, which, amount);
        amount = amount % 300e18 + 1;
        arm(owner_, amount, address(registry));
        act("addStake", owner_, address(registry), abi.encodeCall(registry.addStake, (key, amount)), 0);
        raise(owner_, key, amount);
    }

    /// @dev All, or down to the minimum; one of eight anything.
    function requestUnbond(uint256 who, uint256 which, uint256 amount) public {
        (address owner_, bytes32 key) = staked(who, which);
        GhostNode storage node_ = ghostNodes[owner_][key];
        if (amount % 8 != 0) {
            amount = amount % 2 == 0 || node_.stake <= MIN_STAKE ? node_.stake : node_.stake - MIN_STAKE;
        } else {
            amount = amount % (node_.stake + 10);
        }
        bytes4 expected = refusalOf(node_, amount);
        act("requestUnbond", owner_, address(registry), abi.encodeCall(registry.requestUnbond, (key, amount)), expected);
        if (expected != 0) return;
        node_.stake -= amount;
        node_.unbonding += amount;
        node_.withdrawableAt = block.timestamp + UNBOND_DELAY;
    }

    function cancelUnbond(uint256 who, uint256 which) external {
        (address owner_, bytes32 key) = unbonding(who, which);
        GhostNode storage node_ = ghostNodes[owner_][key];
        bytes4 expected = node_.unbonding == 0 ? INodeRegistry.NothingUnbonding.selector : bytes4(0);
        act("cancelUnbond", owner_, address(registry), abi.encodeCall(registry.cancelUnbond, (key)), expected);
        node_.stake += node_.unbonding;
        node_.unbonding = 0;
        node_.withdrawableAt = 0;
    }

    function heartbeat(uint256 who, uint256 which) external {
        (address owner_, bytes32 key) = staked(who, which);
        uint256 last = registry.nodeOf(owner_, key).lastHeartbeat;
        bytes4 expected =
            last / 1 days == block.timestamp / 1 days ? INodeRegistry.HeartbeatTooSoon.selector : bytes4(0);
        if (ghostNodes[owner_][key].stake == 0) expected = INodeRegistry.NodeUnknown.selector;
        act("heartbeat", owner_, address(registry), abi.encodeCall(registry.heartbeat, (key)), expected);
    }

    function rate(uint256 who, uint256 which, uint16 rating) external {
        (address owner_, bytes32 key) = staked(who, which);
        uint256 last = registry.nodeOf(owner_, key).ratedAt;
        bytes4 expected = last / 1 hours == block.timestamp / 1 hours ? INodeRegistry.RatingTooSoon.selector : bytes4(0);
        if (ghostNodes[owner_][key].stake == 0) expected = INodeRegistry.NodeUnknown.selector;
        bytes memory data = abi.encodeCall(registry.updateNodeRating, (owner_, key, rating % 10_001));
        act("updateNodeRating", ORACLE, address(registry), data, expected);
    }

    function takeUnbonded(address owner_, bytes32 key) internal {
        GhostNode storage node_ = ghostNodes[owner_][key];
        uint256 total = node_.stake + node_.unbonding;
        uint256 free = total > node_.locked ? total - node_.locked : 0;
        uint256 amount = node_.unbonding < free ? node_.unbonding : free;
        bytes4 expected = 0;
        if (node_.unbonding == 0) expected = INodeRegistry.NothingUnbonding.selector;
        else if (block.timestamp < node_.withdrawableAt) expected = INodeRegistry.StillUnbonding.selector;
        else if (amount == 0) expected = INodeRegistry.StakeLocked.selector;
        uint256 before = token.balanceOf(owner_);
        act("withdrawUnbonded", owner_, address(registry), abi.encodeCall(registry.withdrawUnbonded, (key)), expected);
        if (expected != 0) return;
        vm.assertEq(token.balanceOf(owner_) - before, amount, "what no slash locks");
        node_.unbonding -= amount;
        ghostStakeOut += amount;
    }

    /// @dev A node with something staked, from a starting point on; registered if there is none.
    function staked(uint256 who, uint256 which) internal returns (address owner_, bytes32 key) {
        for (uint256 i = 0; i < OWNERS * NODES_PER_OWNER; ++i) {
            (owner_, key) = (owner(who % SEEDS + i / NODES_PER_OWNER), nodeKey(which % SEEDS + i));
            if (ghostNodes[owner_][key].stake != 0) return (owner_, key);
        }
        (owner_, key) = (owner(who), nodeKey(which));
        register(who, which, 1);
    }

    function unbonding(uint256 who, uint256 which) internal returns (address owner_, bytes32 key) {
        for (uint256 i = 0; i < OWNERS * NODES_PER_OWNER; ++i) {
            (owner_, key) = (owner(who % SEEDS + i / NODES_PER_OWNER), nodeKey(which % SEEDS + i));
            if (ghostNodes[owner_][key].unbonding != 0) return (owner_, key);
        }
        (owner_, key) = (owner(who), nodeKey(which));
        if (ghostNodes[owner_][key].stake == 0) register(who, which, 1);
        requestUnbond(who, which, 2); // all of it
    }

    function raise(address owner_, bytes32 key, uint256 amount) private {
        ghostNodes[owner_][key].stake += amount;
        ghostStakeIn += amount;
    }

    function refusalOf(GhostNode memory node_, uint256 amount) private pure returns (bytes4) {
        if (amount == 0) return INodeRegistry.AmountZero.selector;
        if (amount > node_.stake) return INodeRegistry.StakeTooLow.selector;
        uint256 free = node_.stake > node_.locked ? node_.stake - node_.locked : 0;
        if (amount > free) return INodeRegistry.StakeLocked.selector;
        uint256 rest = node_.stake - amount;
        return rest != 0 && rest < MIN_STAKE ? INodeRegistry.StakeBelowMinimum.selector : bytes4(0);
    }
}
