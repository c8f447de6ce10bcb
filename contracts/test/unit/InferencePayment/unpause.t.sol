// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract UnpauseTest is EscrowTest {
    function test_isTheAdminsAlone() public {
        vm.prank(PAUSER);
        escrow.pause();
        bytes32 adminRole = escrow.DEFAULT_ADMIN_ROLE();
        vm.prank(PAUSER);
        vm.expectRevert(missingRole(PAUSER, adminRole));
        escrow.unpause();
        vm.prank(ADMIN);
        escrow.unpause();
        vm.assertTrue(!escrow.paused(), "goes on");
    }

    function test_refusesWhatIsNotPaused() public {
        vm.prank(ADMIN);
        vm.expectRevert(bytes4(keccak256("ExpectedPause()")));
        escrow.unpause();
    }
}
