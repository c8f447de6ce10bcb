// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract SetStakingTest is EscrowTest {
    address private constant STAKING = address(0x57A4);

    function test_theTimelockNamesIt() public {
        vm.expectEmit(address(escrow));
        emit IInferencePayment.StakingChanged(STAKING);
        vm.prank(TIMELOCK);
        escrow.setStaking(STAKING);
        vm.assertEq(escrow.staking(), STAKING);
    }

    function test_theAdminAloneCannot() public {
        bytes32 role = escrow.PARAMETER_ROLE();
        vm.prank(ADMIN);
        vm.expectRevert(missingRole(ADMIN, role));
        escrow.setStaking(STAKING);
    }
}
