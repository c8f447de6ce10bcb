// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {NodeRegistry} from "../../../src/NodeRegistry.sol";
import {INodeRegistry} from "../../../src/interfaces/INodeRegistry.sol";
import {RegistryParams} from "../../../src/types/RegistryParams.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract ConstructorTest is NetworkTest {
    function test_grantsEachRoleToItsHolder() public view {
        vm.assertTrue(registry.hasRole(registry.ORACLE_ROLE(), ORACLE), "oracle");
        vm.assertTrue(registry.hasRole(registry.SLASHER_ROLE(), SLASHER), "slasher");
        vm.assertTrue(registry.hasRole(registry.ARBITER_ROLE(), ARBITER), "arbiter");
        vm.assertTrue(registry.hasRole(registry.PARAMETER_ROLE(), TIMELOCK), "timelock");
        vm.assertTrue(!registry.hasRole(registry.SLASHER_ROLE(), ADMIN), "the admin is not the slasher");
        vm.assertEq(registry.defaultAdmin(), ADMIN);
        vm.assertEq(registry.treasury(), TREASURY);
        vm.assertEq(registry.minStake(), MIN_STAKE);
    }

    function test_theAdminCannotGoRoundTheTimelock() public {
        bytes32 role = registry.PARAMETER_ROLE();
        vm.prank(ADMIN);
        vm.expectRevert(missingRole(ADMIN, role));
        registry.grantRole(role, ADMIN);
    }

    function test_refusesMissingAddresses() public {
        RegistryParams memory wrong = registryParams();
        wrong.token = address(0);
        refuses(wrong, INodeRegistry.AddressZero.selector);
        wrong = registryParams();
        wrong.payment = address(0);
        refuses(wrong, INodeRegistry.AddressZero.selector);
        wrong = registryParams();
        wrong.treasury = address(0);
        refuses(wrong, INodeRegistry.AddressZero.selector);
    }

    function test_refusesZeroWhereItMakesNoSense() public {
        RegistryParams memory wrong = registryParams();
        wrong.minStake = 0;
        refuses(wrong, INodeRegistry.ParamsInvalid.selector);
        wrong = registryParams();
        wrong.ratingPeriod = 0;
        refuses(wrong, INodeRegistry.ParamsInvalid.selector);
        wrong = registryParams();
        wrong.heartbeatPeriod = 0;
        refuses(wrong, INodeRegistry.ParamsInvalid.selector);
    }

    function refuses(RegistryParams memory wrong, bytes4 reason) private {
        vm.expectRevert(reason);
        new NodeRegistry(wrong);
    }
}
