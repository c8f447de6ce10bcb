// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract CancelExitTest is EscrowTest {
    function test_takesTheRequestBackButNotTheCounter() public {
        vm.prank(USER);
        escrow.requestExit();
        vm.expectEmit(address(escrow));
        emit IInferencePayment.ExitCancelled(USER, 1);
        vm.prank(USER);
        escrow.cancelExit();
        (uint64 counter, uint64 matures, uint64 lapses) = escrow.exitOf(USER);
        vm.assertEq(uint256(counter), 1);
        vm.assertEq(uint256(matures) + lapses, 0);

        vm.warp(START + EXIT_DELAY);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.ExitNotRequested.selector, USER));
        escrow.finishExit(USER);
    }

    function test_refusesWithoutARequest() public {
        vm.prank(USER);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.ExitNotRequested.selector, USER));
        escrow.cancelExit();
    }

    function test_clearsALapsedOne() public {
        vm.prank(USER);
        escrow.requestExit();
        vm.warp(START + EXIT_DELAY + EXIT_WINDOW);
        vm.prank(USER);
        escrow.cancelExit();
        (, uint64 matures,) = escrow.exitOf(USER);
        vm.assertEq(uint256(matures), 0);
    }
}
