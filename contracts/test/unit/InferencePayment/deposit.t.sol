// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {FARToken} from "../../../src/FARToken.sol";
import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {EscrowTest} from "../../support/EscrowTest.sol";
import {vm} from "../../support/Vm.sol";

contract DepositTest is EscrowTest {
    function testFuzz_creditsTheCaller(uint256 amount) public {
        amount = bound(amount, 1, 1_000_000e18);
        give(OTHER_USER, amount);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.Deposited(OTHER_USER, amount, amount, 0);
        vm.prank(OTHER_USER);
        escrow.deposit(amount);
        vm.assertEq(escrow.userBalances(OTHER_USER), amount);
        vm.assertEq(escrow.totalUserBalances(), DEPOSIT + amount);
        vm.assertEq(token.balanceOf(OTHER_USER), 0);
        assertSolvent();
    }

    function test_refusesZero() public {
        vm.prank(USER);
        vm.expectRevert(IInferencePayment.AmountZero.selector);
        escrow.deposit(0);
    }

    function test_refusesMoreThanTheWalletHolds() public {
        give(OTHER_USER, 5);
        vm.prank(OTHER_USER);
        vm.expectRevert(abi.encodeWithSignature("ERC20InsufficientBalance(address,uint256,uint256)", OTHER_USER, 5, 6));
        escrow.deposit(6);
    }

    /// @dev A receivable of 100 is paid first, by as many deposits as it takes.
    function testFuzz_paysTheReceivableFirst(uint256 amount) public {
        amount = bound(amount, 1, 300e18);
        fundTreasury(100e18);
        settle(batchOf(OTHER_USER, 100e18, NODE));
        vm.assertEq(escrow.receivableOf(OTHER_USER), 100e18);
        uint256 treasuryBefore = escrow.treasuryBalance();

        uint256 paid = amount < 100e18 ? amount : 100e18;
        give(OTHER_USER, amount);
        vm.expectEmit(address(escrow));
        emit IInferencePayment.Deposited(OTHER_USER, amount, amount - paid, paid);
        vm.prank(OTHER_USER);
        escrow.deposit(amount);
        vm.assertEq(escrow.receivableOf(OTHER_USER), 100e18 - paid);
        vm.assertEq(escrow.userBalances(OTHER_USER), amount - paid);
        vm.assertEq(escrow.treasuryBalance(), treasuryBefore + paid);
        assertSolvent();
    }

    function test_worksWhilePaused() public {
        vm.prank(PAUSER);
        escrow.pause();
        deposit(OTHER_USER, 1);
        vm.assertEq(escrow.userBalances(OTHER_USER), 1);
    }

    function test_dustIsMoneyToo() public {
        deposit(OTHER_USER, 1);
        settle(batchOf(OTHER_USER, 1, NODE)); // a fifth of a wei is none: all of it goes to the treasury
        vm.assertEq(escrow.userBalances(OTHER_USER), 0);
        vm.assertEq(escrow.treasuryBalance(), 1);
        assertSolvent();
    }

    /// @dev A contract is a wallet like any other, and leaves like any other.
    function test_aContractMayDepositAndLeave() public {
        address safe = address(feed);
        deposit(safe, 5e18);
        vm.prank(safe);
        escrow.requestExit();
        vm.warp(START + EXIT_DELAY);
        escrow.finishExit(safe);
        vm.assertEq(token.balanceOf(safe), 5e18);
        assertSolvent();
    }

    /// @dev Nobody is credited for what arrives without a call, and nobody is held up by it.
    function test_aDirectTransferIsSurplus() public {
        vm.prank(TREASURY);
        token.transfer(address(escrow), 3e18);
        vm.assertEq(escrow.liabilities(), DEPOSIT);
        vm.assertEq(token.balanceOf(address(escrow)), DEPOSIT + 3e18);
        settle(batchOf(USER, DEPOSIT, NODE));
        vm.assertEq(escrow.liabilities(), DEPOSIT);
    }

    function test_anotherTokenIsNoDeposit() public {
        FARToken other = new FARToken(USER);
        vm.prank(USER);
        other.transfer(address(escrow), 3e18);
        vm.assertEq(escrow.userBalances(USER), DEPOSIT);
        vm.assertEq(escrow.liabilities(), DEPOSIT);
        assertSolvent();
    }
}
