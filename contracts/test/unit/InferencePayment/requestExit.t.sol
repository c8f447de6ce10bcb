// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract RequestExitTest is EscrowTest {
    function test_raisesTheCounterAndStartsTheClock() public {
        uint64 maturesAt = uint64(START) + EXIT_DELAY;
        vm.expectEmit(address(escrow));
        emit IInferencePayment.ExitRequested(USER, 1, maturesAt, maturesAt + EXIT_WINDOW);
        vm.prank(USER);
        escrow.requestExit();
        (uint64 counter, uint64 matures, uint64 lapses) = escrow.exitOf(USER);
        vm.assertEq(uint256(counter), 1);
        vm.assertEq(uint256(matures), maturesAt);
        vm.assertEq(uint256(lapses), maturesAt + EXIT_WINDOW);
    }

    function test_refusesASecondOneWhileTheFirstStands() public {
        vm.prank(USER);
        escrow.requestExit();
        vm.warp(START + EXIT_DELAY + EXIT_WINDOW - 1);
        vm.prank(USER);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.ExitAlreadyRequested.selector, USER));
        escrow.requestExit();
    }

    function test_aLapsedOneMayBeRenewed() public {
        vm.prank(USER);
        escrow.requestExit();
        vm.warp(START + EXIT_DELAY + EXIT_WINDOW);
        vm.prank(USER);
        escrow.requestExit();
        (uint64 counter, uint64 matures,) = escrow.exitOf(USER);
        vm.assertEq(uint256(counter), 2);
        vm.assertEq(uint256(matures), START + 2 * uint256(EXIT_DELAY) + EXIT_WINDOW);
    }

    function test_worksWhilePaused() public {
        vm.prank(PAUSER);
        escrow.pause();
        vm.prank(USER);
        escrow.requestExit();
    }
}
