// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

import {NetworkTest} from "../support/NetworkTest.sol";
import {vm} from "../support/Vm.sol";

/// @dev A real timelock in front of the parameters: only what it announced, and only after its delay.
contract TimelockTest is NetworkTest {
    uint256 private constant DELAY = 2 days;
    TimelockController private timelock;

    function setUp() public override {
        super.setUp();
        address[] memory proposers = new address[](1);
        proposers[0] = ADMIN;
        timelock = new TimelockController(DELAY, proposers, new address[](1), address(0));
        bytes32 role = staking.PARAMETER_ROLE();
        vm.prank(TIMELOCK);
        staking.grantRole(role, address(timelock));
    }

    function test_aParameterChangesAfterTheDelay() public {
        bytes memory call = abi.encodeCall(staking.setRewardRate, (500));
        vm.prank(ADMIN);
        timelock.schedule(address(staking), 0, call, 0, 0, DELAY);
        vm.warp(START + DELAY - 1);
        vm.expectPartialRevert(TimelockController.TimelockUnexpectedOperationState.selector);
        timelock.execute(address(staking), 0, call, 0, 0);
        vm.warp(START + DELAY);
        vm.prank(STRANGER); // whoever comes
        timelock.execute(address(staking), 0, call, 0, 0);
        vm.assertEq(uint256(staking.rewardRate()), 500);
    }

    function test_refusesAShorterDelayAndStrangers() public {
        bytes memory call = abi.encodeCall(staking.setRewardRate, (500));
        vm.prank(ADMIN);
        vm.expectRevert(abi.encodeWithSelector(TimelockController.TimelockInsufficientDelay.selector, DELAY - 1, DELAY));
        timelock.schedule(address(staking), 0, call, 0, 0, DELAY - 1);
        bytes32 role = timelock.PROPOSER_ROLE();
        vm.prank(STRANGER);
        vm.expectRevert(missingRole(STRANGER, role));
        timelock.schedule(address(staking), 0, call, 0, 0, DELAY);
    }
}
