// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract StakeWithPermitTest is NetworkTest {
    uint256 private constant KEY = 0xA11CE;
    address private owner;

    function setUp() public override {
        super.setUp();
        owner = vm.addr(KEY);
        vm.prank(TREASURY);
        token.transfer(owner, 10e18);
    }

    function test_needsNoApproval() public {
        (uint8 v, bytes32 r, bytes32 s) = signPermit(KEY, address(staking), 10e18);
        vm.prank(owner);
        vm.assertEq(staking.stakeWithPermit(10e18, 30, START + 1, v, r, s), 1);
        vm.assertEq(staking.stakingBalance(owner), 10e18);
        assertStakingSolvent();
    }

    function test_survivesACopiedPermit() public {
        (uint8 v, bytes32 r, bytes32 s) = signPermit(KEY, address(staking), 10e18);
        vm.prank(STRANGER);
        token.permit(owner, address(staking), 10e18, START + 1, v, r, s);
        vm.prank(owner);
        staking.stakeWithPermit(10e18, 0, START + 1, v, r, s);
    }

    function test_aForeignPermitStakesNothing() public {
        (uint8 v, bytes32 r, bytes32 s) = signPermit(KEY, address(staking), 10e18);
        vm.prank(STRANGER);
        vm.expectRevert(
            abi.encodeWithSignature("ERC20InsufficientAllowance(address,uint256,uint256)", address(staking), 0, 10e18)
        );
        staking.stakeWithPermit(10e18, 0, START + 1, v, r, s);
    }
}
