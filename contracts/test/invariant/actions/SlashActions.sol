// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {INodeRegistry} from "../../../src/interfaces/INodeRegistry.sol";
import {vm} from "../../support/Vm.sol";
import {StakeActions} from "./StakeActions.sol";

/// @dev Slashes, appeals and freezes.
abstract contract SlashActions is StakeActions {
    /// @dev An open slash. `appeal`: 0 none, 1 waits, 2 rejected.
    struct GhostSlash {
        uint256 id;
        address owner;
        bytes32 key;
        uint256 amount;
        uint256 executableAt;
        uint8 appeal;
        uint256 decideBy;
    }

    GhostSlash[] internal ghostSlashes;
    uint256 private _frozenUntil;

    /// @dev Also far above the stake, and of nodes that have none.
    function proposeSlash(uint256 who, uint256 which, uint256 amount) public {
        (address owner_, bytes32 key) = (owner(who), nodeKey(which));
        amount = amount % 16 == 0 ? type(uint256).max : amount % 400e18 + 1;
        bytes memory data = abi.encodeCall(registry.proposeSlash, (owner_, key, amount, "evidence"));
        uint256 id = abi.decode(act("proposeSlash", SLASHER, address(registry), data, 0), (uint256));
        if (amount > type(uint128).max) amount = type(uint128).max;
        ghostNodes[owner_][key].locked += amount;
        ghostSlashes.push(GhostSlash(id, owner_, key, amount, block.timestamp + SLASH_DELAY, 0, 0));
    }

    /// @dev One of eight does not wait; one of four is caught on its way out.
    function withdrawUnbonded(uint256 who, uint256 which, uint8 hurry) external {
        (address owner_, bytes32 key) = unbonding(who, which);
        uint256 at = ghostNodes[owner_][key].withdrawableAt;
        if (block.timestamp < at && hurry % 8 != 0) vm.warp(at);
        if (hurry % 4 == 1) proposeAgainst(owner_, key, which);
        takeUnbonded(owner_, key);
    }

    function appealSlash(uint256 which) public {
        GhostSlash storage slash = openSlash(which, 0);
        bytes4 expected = slash.appeal == 0 ? bytes4(0) : INodeRegistry.SlashNotOpen.selector;
        bytes memory data = abi.encodeCall(registry.appealSlash, (slash.id, "statement"));
        act("appealSlash", slash.owner, address(registry), data, expected);
        if (expected != 0) return;
        slash.appeal = 1;
        slash.decideBy = block.timestamp + APPEAL_PERIOD;
    }

    function resolveAppeal(uint256 which, bool upheld) external {
        GhostSlash storage slash = openSlash(which, 1);
        if (slash.appeal == 0) appealSlash(indexOf(slash.id));
        bytes4 expected = 0;
        if (slash.appeal != 1) expected = INodeRegistry.SlashNotOpen.selector;
        else if (block.timestamp > slash.decideBy) expected = INodeRegistry.AppealLapsed.selector;
        bytes memory data = abi.encodeCall(registry.resolveAppeal, (slash.id, upheld));
        act("resolveAppeal", ARBITER, address(registry), data, expected);
        if (expected != 0) return;
        if (upheld) close(indexOf(slash.id));
        else slash.appeal = 2;
    }

    /// @dev One of eight does not wait for the delay or the end of a freeze.
    function executeSlash(uint256 which, uint8 hurry) external {
        GhostSlash storage slash = openSlash(which, 0);
        uint256 at = slash.executableAt > _frozenUntil ? slash.executableAt : _frozenUntil;
        if (block.timestamp < at && hurry % 8 != 0) vm.warp(at);
        execute(indexOf(slash.id));
    }

    function cancelSlash(uint256 which) external {
        GhostSlash memory slash = openSlash(which, 0);
        cancel(indexOf(slash.id), SLASHER);
    }

    function freeze(uint256 until) external {
        until = block.timestamp + until % (uint256(7 days) + 10);
        bool wrong = until == block.timestamp || until > block.timestamp + 7 days;
        bytes4 expected = wrong ? INodeRegistry.FreezeOutOfRange.selector : bytes4(0);
        bytes memory data = abi.encodeCall(registry.freezeSlashes, (uint64(until)));
        act("freezeSlashes", ARBITER, address(registry), data, expected);
        if (!wrong) _frozenUntil = until;
    }

    function unfreeze() external {
        act("unfreezeSlashes", ARBITER, address(registry), abi.encodeCall(registry.unfreezeSlashes, ()), 0);
        _frozenUntil = 0;
    }

    /// @dev A slash never fails because of its amount: it takes the smaller of that and what is there.
    function execute(uint256 index) internal {
        GhostSlash memory slash = ghostSlashes[index];
        GhostNode storage node_ = ghostNodes[slash.owner][slash.key];
        bytes4 expected = 0;
        if (slash.appeal == 1) expected = INodeRegistry.SlashNotOpen.selector;
        else if (block.timestamp < slash.executableAt) expected = INodeRegistry.SlashNotExecutable.selector;
        else if (block.timestamp < _frozenUntil) expected = INodeRegistry.SlashingFrozen.selector;
        uint256 before = token.balanceOf(TREASURY);
        act("executeSlash", STRANGER, address(registry), abi.encodeCall(registry.executeSlash, (slash.id)), expected);
        if (expected != 0) return;
        uint256 total = node_.stake + node_.unbonding;
        uint256 taken = slash.amount < total ? slash.amount : total;
        vm.assertEq(token.balanceOf(TREASURY) - before, taken, "the smaller of the two");
        uint256 fromStake = taken < node_.stake ? taken : node_.stake;
        node_.stake -= fromStake;
        node_.unbonding -= taken - fromStake;
        ghostSlashed += taken;
        close(index);
    }

    function cancel(uint256 index, address caller) internal {
        bytes memory data = abi.encodeCall(registry.cancelSlash, (ghostSlashes[index].id));
        act("cancelSlash", caller, address(registry), data, 0);
        close(index);
    }

    /// @dev An open slash at this stage of appeal if there is one, else a fresh one; one of eight times any.
    function openSlash(uint256 which, uint8 appeal) internal returns (GhostSlash storage) {
        uint256 count = ghostSlashes.length;
        for (uint256 i = 0; i < count; ++i) {
            if (ghostSlashes[(which % SEEDS + i) % count].appeal == appeal) {
                return ghostSlashes[(which % SEEDS + i) % count];
            }
        }
        if (count != 0 && which % 8 == 0) return ghostSlashes[which % count];
        (address owner_, bytes32 key) = staked(which, which >> 8);
        proposeAgainst(owner_, key, which);
        return ghostSlashes[count];
    }

    function proposeAgainst(address owner_, bytes32 key, uint256 seed) private {
        proposeSlash(uint160(owner_) - 0x3001, key == nodeKey(0) ? 0 : 1, seed);
    }

    function indexOf(uint256 id) private view returns (uint256 index) {
        while (ghostSlashes[index].id != id) ++index;
    }

    function close(uint256 index) private {
        GhostSlash memory slash = ghostSlashes[index];
        ghostNodes[slash.owner][slash.key].locked -= slash.amount;
        ghostSlashes[index] = ghostSlashes[ghostSlashes.length - 1];
        ghostSlashes.pop();
    }
}
