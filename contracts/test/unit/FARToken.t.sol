// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {FARToken} from "../../src/FARToken.sol";
import {vm} from "../support/Vm.sol";

contract FARTokenTest {
    address private constant TREASURY = address(0x7E);
    FARToken private token;

    function setUp() public {
        vm.warp(1_800_000_000);
        token = new FARToken(TREASURY);
    }

    function test_names() public view {
        vm.assertEq(token.name(), "Far Labs Token");
        vm.assertEq(token.symbol(), "FAR");
        vm.assertEq(uint256(token.decimals()), 18);
    }

    function test_treasuryHoldsTheWholeSupply() public view {
        vm.assertEq(token.totalSupply(), 1_000_000_000e18);
        vm.assertEq(token.balanceOf(TREASURY), 1_000_000_000e18);
    }

    /// @dev Every way to mint that tokens commonly offer is absent.
    function test_nothingMints() public {
        string[4] memory calls = ["mint(address,uint256)", "mint(uint256)", "issue(uint256)", "initialize(address)"];
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool ok,) = address(token).call(abi.encodeWithSignature(calls[i], TREASURY, 1e18));
            vm.assertTrue(!ok, calls[i]);
        }
        vm.assertEq(token.totalSupply(), 1_000_000_000e18);
    }

    function testFuzz_burningLowersTheSupplyForGood(uint256 amount) public {
        amount = amount % 1_000_000_000e18;
        vm.prank(TREASURY);
        token.burn(amount);
        vm.assertEq(token.totalSupply(), 1_000_000_000e18 - amount);
        vm.assertEq(token.balanceOf(TREASURY), 1_000_000_000e18 - amount);
    }

    function testFuzz_transfersConserve(address to, uint256 amount) public {
        vm.assume(to != address(0) && to != TREASURY);
        amount = amount % 1_000_000_000e18;
        vm.prank(TREASURY);
        token.transfer(to, amount);
        vm.assertEq(token.balanceOf(TREASURY) + token.balanceOf(to), token.totalSupply());
    }

    function test_permitSetsAnAllowanceOnce() public {
        uint256 key = 0xA11CE;
        address owner = vm.addr(key);
        uint256 deadline = block.timestamp + 1;
        bytes32 typeHash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, digest(keccak256(abi.encode(typeHash, owner, address(this), 5e18, 0, deadline))));
        token.permit(owner, address(this), 5e18, deadline, v, r, s);
        vm.assertEq(token.allowance(owner, address(this)), 5e18);
        vm.expectPartialRevert(bytes4(keccak256("ERC2612InvalidSigner(address,address)")));
        token.permit(owner, address(this), 5e18, deadline, v, r, s);
    }

    function test_transferWithAuthorizationOnce() public {
        uint256 key = 0xA11CE;
        address owner = vm.addr(key);
        vm.prank(TREASURY);
        token.transfer(owner, 9e18);
        uint256 before = block.timestamp + 1;
        bytes32 typeHash = keccak256(
            "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
        );
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, digest(keccak256(abi.encode(typeHash, owner, address(1), 4e18, 0, before, bytes32("n")))));
        token.transferWithAuthorization(owner, address(1), 4e18, 0, before, "n", v, r, s);
        vm.assertEq(token.balanceOf(address(1)), 4e18);
        vm.expectRevert(abi.encodeWithSignature("ERC3009UsedAuthorization(address,bytes32)", owner, bytes32("n")));
        token.transferWithAuthorization(owner, address(1), 4e18, 0, before, "n", v, r, s);
    }

    function digest(bytes32 structHash) private view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), structHash));
    }
}
