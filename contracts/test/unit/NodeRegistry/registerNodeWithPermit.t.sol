// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract RegisterNodeWithPermitTest is NetworkTest {
    uint256 private constant KEY = 0xA11CE;
    address private owner;

    function setUp() public override {
        super.setUp();
        owner = vm.addr(KEY);
        vm.prank(TREASURY);
        token.transfer(owner, MIN_STAKE);
    }

    function test_needsNoApproval() public {
        (uint8 v, bytes32 r, bytes32 s) = signPermit(KEY, address(registry), MIN_STAKE);
        vm.prank(owner);
        registry.registerNodeWithPermit(NODE_KEY, MIN_STAKE, START + 1, v, r, s);
        vm.assertEq(registry.nodeOf(owner, NODE_KEY).stake, MIN_STAKE);
        assertRegistrySolvent();
    }

    function test_survivesACopiedPermit() public {
        (uint8 v, bytes32 r, bytes32 s) = signPermit(KEY, address(registry), MIN_STAKE);
        vm.prank(STRANGER);
        token.permit(owner, address(registry), MIN_STAKE, START + 1, v, r, s);
        vm.prank(owner);
        registry.registerNodeWithPermit(NODE_KEY, MIN_STAKE, START + 1, v, r, s);
    }

    function test_aForeignPermitRegistersNothing() public {
        (uint8 v, bytes32 r, bytes32 s) = signPermit(KEY, address(registry), MIN_STAKE);
        vm.prank(STRANGER);
        vm.expectRevert(
            abi.encodeWithSignature(
                "ERC20InsufficientAllowance(address,uint256,uint256)", address(registry), 0, MIN_STAKE
            )
        );
        registry.registerNodeWithPermit(NODE_KEY, MIN_STAKE, START + 1, v, r, s);
    }
}
