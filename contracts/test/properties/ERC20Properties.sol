// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

import {vm} from "../support/Vm.sol";

/// @dev What EIP-20 asks of any token, and what everybody expects beyond: no fee, no change behind one's back, no transfer of what
/// is not there. To use it, give a token and a wallet that holds its whole supply.
abstract contract ERC20Properties {
    address private constant ALICE = address(0xA11CE);
    address private constant BOB = address(0xB0B);
    address private constant SPENDER = address(0x5BE4D);

    /// @dev A fresh token whose supply lies with `holder`.
    function subject() internal virtual returns (IERC20 token, address holder);

    /// @dev Alice has some of it.
    function withAlice(uint256 amount) private returns (IERC20 token, uint256 balance) {
        address holder;
        (token, holder) = subject();
        balance = amount % (token.totalSupply() + 1);
        vm.prank(holder);
        vm.assertTrue(token.transfer(ALICE, balance), "returns true");
    }

    function test_hasNameSymbolAndDecimals() public {
        (IERC20 token,) = subject();
        vm.assertTrue(bytes(IERC20Metadata(address(token)).name()).length != 0, "name");
        vm.assertTrue(bytes(IERC20Metadata(address(token)).symbol()).length != 0, "symbol");
        vm.assertLe(IERC20Metadata(address(token)).decimals(), 18, "decimals");
    }

    function test_theHolderHasAll() public {
        (IERC20 token, address holder) = subject();
        vm.assertEq(token.balanceOf(holder), token.totalSupply());
        vm.assertEq(token.balanceOf(ALICE), 0);
    }

    function testFuzz_aTransferMovesExactlyItsAmount(uint256 balance, uint256 amount) public {
        IERC20 token;
        (token, balance) = withAlice(balance);
        amount = amount % (balance + 1);
        uint256 supply = token.totalSupply();
        vm.expectEmit(address(token));
        emit IERC20.Transfer(ALICE, BOB, amount);
        vm.prank(ALICE);
        vm.assertTrue(token.transfer(BOB, amount), "returns true");
        vm.assertEq(token.balanceOf(ALICE), balance - amount);
        vm.assertEq(token.balanceOf(BOB), amount);
        vm.assertEq(token.totalSupply(), supply);
    }

    function testFuzz_aTransferToOneselfChangesNothing(uint256 balance, uint256 amount) public {
        IERC20 token;
        (token, balance) = withAlice(balance);
        vm.prank(ALICE);
        token.transfer(ALICE, amount % (balance + 1));
        vm.assertEq(token.balanceOf(ALICE), balance);
    }

    function testFuzz_aTransferConcernsTwo(uint256 balance, address third) public {
        IERC20 token;
        (token, balance) = withAlice(balance);
        vm.assume(third != ALICE && third != BOB);
        uint256 before = token.balanceOf(third);
        vm.prank(ALICE);
        token.transfer(BOB, balance);
        vm.assertEq(token.balanceOf(third), before);
    }

    function testFuzz_nobodyTransfersMoreThanItHas(uint256 balance, uint256 more) public {
        IERC20 token;
        (token, balance) = withAlice(balance);
        more = balance + 1 + more % (type(uint256).max - balance);
        vm.prank(ALICE);
        (bool ok,) = address(token).call(abi.encodeCall(token.transfer, (BOB, more)));
        vm.assertTrue(!ok, "refused");
        vm.assertEq(token.balanceOf(ALICE), balance);
        vm.assertEq(token.balanceOf(BOB), 0);
    }

    function test_nothingGoesToNobody() public {
        (IERC20 token,) = withAlice(10);
        vm.prank(ALICE);
        (bool ok,) = address(token).call(abi.encodeCall(token.transfer, (address(0), 1)));
        vm.assertTrue(!ok, "refused");
    }

    function testFuzz_anApprovalIsWhatWasSaidLast(uint256 first, uint256 second) public {
        (IERC20 token,) = subject();
        vm.prank(ALICE);
        token.approve(SPENDER, first);
        vm.expectEmit(address(token));
        emit IERC20.Approval(ALICE, SPENDER, second);
        vm.prank(ALICE);
        vm.assertTrue(token.approve(SPENDER, second), "returns true");
        vm.assertEq(token.allowance(ALICE, SPENDER), second);
        vm.assertEq(token.allowance(SPENDER, ALICE), 0);
    }

    function testFuzz_aSpenderSpendsItsAllowance(uint256 balance, uint256 allowed, uint256 amount) public {
        IERC20 token;
        (token, balance) = withAlice(balance);
        allowed = allowed % type(uint256).max; // below the endless one
        amount = amount % ((allowed < balance ? allowed : balance) + 1);
        vm.prank(ALICE);
        token.approve(SPENDER, allowed);
        vm.prank(SPENDER);
        vm.assertTrue(token.transferFrom(ALICE, BOB, amount), "returns true");
        vm.assertEq(token.allowance(ALICE, SPENDER), allowed - amount);
        vm.assertEq(token.balanceOf(ALICE), balance - amount);
        vm.assertEq(token.balanceOf(BOB), amount);
        vm.assertEq(token.balanceOf(SPENDER), 0);
    }

    function testFuzz_aSpenderSpendsNoMoreThanItsAllowance(uint256 allowed) public {
        (IERC20 token, uint256 balance) = withAlice(type(uint256).max);
        allowed = allowed % balance;
        vm.prank(ALICE);
        token.approve(SPENDER, allowed);
        vm.prank(SPENDER);
        (bool ok,) = address(token).call(abi.encodeCall(token.transferFrom, (ALICE, BOB, allowed + 1)));
        vm.assertTrue(!ok, "refused");
        vm.assertEq(token.balanceOf(ALICE), balance);
        vm.assertEq(token.allowance(ALICE, SPENDER), allowed);
    }

    function testFuzz_aSpenderSpendsNoMoreThanThereIs(uint256 balance) public {
        IERC20 token;
        (token, balance) = withAlice(balance);
        vm.assume(balance < token.totalSupply());
        vm.prank(ALICE);
        token.approve(SPENDER, type(uint256).max);
        vm.prank(SPENDER);
        (bool ok,) = address(token).call(abi.encodeCall(token.transferFrom, (ALICE, BOB, balance + 1)));
        vm.assertTrue(!ok, "refused");
    }

    function testFuzz_anEndlessAllowanceStays(uint256 balance) public {
        IERC20 token;
        (token, balance) = withAlice(balance);
        vm.prank(ALICE);
        token.approve(SPENDER, type(uint256).max);
        vm.prank(SPENDER);
        token.transferFrom(ALICE, BOB, balance);
        vm.assertEq(token.allowance(ALICE, SPENDER), type(uint256).max);
    }

    function testFuzz_nobodySpendsUnasked(address spender, uint256 amount) public {
        (IERC20 token, uint256 balance) = withAlice(amount);
        vm.assume(balance != 0 && spender != address(0));
        vm.prank(spender);
        (bool ok,) = address(token).call(abi.encodeCall(token.transferFrom, (ALICE, spender, balance)));
        vm.assertTrue(!ok, "not even the wallet itself, without an allowance");
    }

    function testFuzz_zeroMovesFreely(address to) public {
        vm.assume(to != address(0));
        (IERC20 token,) = subject();
        vm.expectEmit(address(token));
        emit IERC20.Transfer(ALICE, to, 0);
        vm.prank(ALICE);
        vm.assertTrue(token.transfer(to, 0), "returns true");
    }
}
