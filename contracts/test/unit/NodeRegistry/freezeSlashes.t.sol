// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {INodeRegistry} from "../../../src/interfaces/INodeRegistry.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract FreezeSlashesTest is NetworkTest {
    function freeze(uint64 until) private {
        vm.prank(ARBITER);
        registry.freezeSlashes(until);
    }

    function test_holdsSlashesUntilItEnds() public {
        register(OWNER, NODE_KEY, MIN_STAKE);
        propose(NODE_KEY, 100e18);
        uint64 until = uint64(START) + 7 days;
        vm.expectEmit(address(registry));
        emit INodeRegistry.SlashesFrozen(until);
        freeze(until);
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.SlashingFrozen.selector, until));
        registry.executeSlash(1);
        propose(NODE_KEY, 1); // proposing goes on
        vm.warp(until);
        registry.executeSlash(1);
    }

    function test_endsInTheFutureAndWithinSevenDays() public {
        uint64 maxUntil = uint64(START) + 7 days;
        uint64[3] memory wrong = [uint64(START) - 1, uint64(START), maxUntil + 1];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.prank(ARBITER);
            vm.expectRevert(abi.encodeWithSelector(INodeRegistry.FreezeOutOfRange.selector, wrong[i], maxUntil));
            registry.freezeSlashes(wrong[i]);
        }
        freeze(maxUntil);
    }

    function test_isTheArbitersAlone() public {
        bytes32 role = registry.ARBITER_ROLE();
        vm.prank(SLASHER);
        vm.expectRevert(missingRole(SLASHER, role));
        registry.freezeSlashes(uint64(START) + 1);
    }
}
