// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract FinishExitTest is EscrowTest {
    function request() private {
        vm.prank(USER);
        escrow.requestExit();
    }

    function testFuzz_anyoneMayCallAndOnlyTheWalletIsPaid(uint64 callerSeed, uint256 waited) public {
        address caller = address(uint160(0x10000) + callerSeed);
        request();
        vm.warp(START + EXIT_DELAY + bound(waited, 0, EXIT_WINDOW - 1));
        uint256 callerBefore = token.balanceOf(caller);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.ExitFinished(USER, 1, DEPOSIT);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.Withdrawn(USER, DEPOSIT);
        vm.prank(caller);
        escrow.finishExit(USER);
        vm.assertEq(token.balanceOf(USER), DEPOSIT);
        vm.assertEq(token.balanceOf(caller), callerBefore);
        vm.assertEq(escrow.userBalances(USER), 0);
        assertSolvent();
    }

    function testFuzz_refusesBeforeItsTime(uint256 waited) public {
        request();
        vm.warp(START + bound(waited, 0, EXIT_DELAY - 1));
        vm.expectRevert(
            abi.encodeWithSelector(IInferencePayment.ExitNotMatured.selector, USER, uint64(START) + EXIT_DELAY)
        );
        escrow.finishExit(USER);
    }

    function test_maturesToTheSecond() public {
        request();
        vm.warp(START + EXIT_DELAY - 1);
        vm.expectPartialRevert(IInferencePayment.ExitNotMatured.selector);
        escrow.finishExit(USER);
        vm.warp(START + EXIT_DELAY);
        escrow.finishExit(USER);
    }

    function test_refusesALapsedRequest() public {
        request();
        vm.warp(START + EXIT_DELAY + EXIT_WINDOW);
        vm.expectRevert(
            abi.encodeWithSelector(
                IInferencePayment.ExitLapsed.selector, USER, uint64(START) + EXIT_DELAY + EXIT_WINDOW
            )
        );
        escrow.finishExit(USER);
    }

    function test_refusesWithoutARequest() public {
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.ExitNotRequested.selector, USER));
        escrow.finishExit(USER);
    }

    function test_paysOnce() public {
        request();
        vm.warp(START + EXIT_DELAY);
        escrow.finishExit(USER);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.ExitNotRequested.selector, USER));
        escrow.finishExit(USER);
    }

    /// @dev What was settled while the request ripened is gone; what was paid in meanwhile leaves too.
    function test_paysTheBalanceOfThatMoment() public {
        request();
        settle(batchOf(USER, 100e18, NODE));
        deposit(USER, 7e18);
        vm.warp(START + EXIT_DELAY);
        escrow.finishExit(USER);
        vm.assertEq(token.balanceOf(USER), DEPOSIT - 100e18 + 7e18);
        assertSolvent();
    }

    function test_worksWhilePaused() public {
        request();
        vm.prank(PAUSER);
        escrow.pause();
        vm.warp(START + EXIT_DELAY);
        escrow.finishExit(USER);
        vm.assertEq(token.balanceOf(USER), DEPOSIT);
    }

    function test_anEmptyWalletMayLeaveToo() public {
        vm.prank(STRANGER);
        escrow.requestExit();
        vm.warp(START + EXIT_DELAY);
        escrow.finishExit(STRANGER);
        vm.assertEq(token.balanceOf(STRANGER), 0);
    }
}
