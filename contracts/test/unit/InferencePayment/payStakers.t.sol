// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract PayStakersTest is EscrowTest {
    address private constant STAKING = address(0x57A4);

    function setUp() public override {
        super.setUp();
        settle(batchOf(USER, 100e18, NODE));
    }

    function connect() private {
        vm.prank(TIMELOCK);
        escrow.setStaking(STAKING);
    }

    function test_thePoolWaitsUntilThereIsAStakingContract() public {
        vm.prank(ADMIN);
        vm.expectRevert(abi.encodeWithSelector(IInferencePayment.NotStaking.selector, ADMIN));
        escrow.payStakers();
        vm.assertEq(escrow.stakersBalance(), 20e18);
    }

    function test_paysTheStakingAddress() public {
        connect();
        vm.expectEmit(address(escrow));
        emit IInferencePayment.StakersPaid(STAKING, 20e18);
        vm.prank(STAKING);
        vm.assertEq(escrow.payStakers(), 20e18);
        vm.assertEq(token.balanceOf(STAKING), 20e18);
        settle(batchOf(USER, 50e18, NODE));
        vm.prank(STAKING);
        escrow.payStakers();
        vm.assertEq(token.balanceOf(STAKING), 30e18);
        assertSolvent();
    }

    function test_anEmptyPoolPaysNothing() public {
        connect();
        vm.prank(STAKING);
        escrow.payStakers();
        vm.prank(STAKING);
        vm.assertEq(escrow.payStakers(), 0);
    }

    /// @dev Not even the admin: what arrives unasked would be booked by nobody.
    function test_refusesEverybodyElse() public {
        connect();
        address[2] memory callers = [TREASURY, ADMIN];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IInferencePayment.NotStaking.selector, callers[i]));
            escrow.payStakers();
        }
    }
}
