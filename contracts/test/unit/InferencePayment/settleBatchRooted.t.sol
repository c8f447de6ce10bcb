// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IInferencePayment} from "../../../src/interfaces/IInferencePayment.sol";
import {Netting} from "../../../src/libraries/Netting.sol";
import {Batch} from "../../../src/types/Batch.sol";
import {vm} from "../../support/Vm.sol";
import {RootedTest} from "./RootedTest.sol";

/// @dev settleBatch with payees beyond those it names.
contract SettleBatchRootedTest is RootedTest {
    function test_publishesTheRootAndItsMoney() public {
        Batch memory batch = rootedBatch(USER, 25e18, "root");
        vm.expectEmit(address(escrow));
        emit IInferencePayment.RootPublished(1, "root", 15e18, uint64(START) + DISPUTE_DELAY);
        settle(batch);
        (bytes32 root, uint64 claimableAt, bool disputed) = escrow.payeesRootOf(1);
        vm.assertEq(root, bytes32("root"));
        vm.assertEq(uint256(claimableAt), START + DISPUTE_DELAY);
        vm.assertTrue(!disputed, "not disputed");
        vm.assertEq(escrow.rootedBalance(), 15e18);
        assertSolvent();
    }

    /// @dev A corrected root may come with an epoch that pays nobody in it.
    function test_aRootMayComeWithoutMoney() public {
        Batch memory batch = batchOf(USER, 25e18, NODE);
        batch.payeesRoot = "root";
        settle(batch);
        (bytes32 root,,) = escrow.payeesRootOf(1);
        vm.assertEq(root, bytes32("root"));
        vm.assertEq(escrow.rootedBalance(), 0);
    }

    function test_refusesMoneyWithoutARoot() public {
        Batch memory batch = rootedBatch(USER, 25e18, 0);
        vm.prank(ORACLE);
        vm.expectRevert(Netting.RootMissing.selector);
        escrow.settleBatch(batch);
    }

    /// @dev Those in the root are operators: their share is bounded like any.
    function test_countsAsTheOperatorsShare() public {
        Batch memory batch = rootedBatch(USER, 100e18, "root");
        batch.rootedAmount = 66e18 + 2;
        batch.treasuryAmount = 14e18 - 2;
        vm.prank(ORACLE);
        vm.expectRevert(abi.encodeWithSelector(Netting.OperatorsShareTooHigh.selector, 66e18 + 2, 100e18));
        escrow.settleBatch(batch);
    }

    function test_whatIsNotFundedWaits() public {
        Batch memory batch = rootedBatch(OTHER_USER, 25e18, "root");
        vm.expectEmit(address(escrow));
        emit IInferencePayment.CreditPending(1, address(0), 15e18);
        settle(batch);
        vm.assertEq(escrow.rootedPending(), 15e18);
        vm.assertEq(escrow.totalPending(), 20e18);
        assertSolvent();
    }
}
