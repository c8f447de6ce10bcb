// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Staking} from "../../../src/Staking.sol";
import {IStaking} from "../../../src/interfaces/IStaking.sol";
import {StakingParams} from "../../../src/types/StakingParams.sol";
import {NetworkTest} from "../../support/NetworkTest.sol";
import {vm} from "../../support/Vm.sol";

contract ConstructorTest is NetworkTest {
    function test_startsAsItWasTold() public view {
        vm.assertTrue(staking.hasRole(staking.PARAMETER_ROLE(), TIMELOCK), "timelock");
        vm.assertEq(staking.defaultAdmin(), ADMIN);
        vm.assertEq(uint256(staking.rewardRate()), 100);
        vm.assertEq(staking.liabilities(), 0);
        vm.assertEq(staking.streamRate(), 0);
    }

    function test_theAdminCannotGoRoundTheTimelock() public {
        bytes32 role = staking.PARAMETER_ROLE();
        vm.prank(ADMIN);
        vm.expectRevert(missingRole(ADMIN, role));
        staking.grantRole(role, ADMIN);
    }

    function test_refusesWhatMakesNoSense() public {
        StakingParams memory wrong = stakingParams();
        wrong.token = address(0);
        refuses(wrong, abi.encodePacked(IStaking.AddressZero.selector));
        wrong = stakingParams();
        wrong.payment = address(0);
        refuses(wrong, abi.encodePacked(IStaking.AddressZero.selector));
        wrong = stakingParams();
        wrong.streamPeriod = 0;
        refuses(wrong, abi.encodePacked(IStaking.ParamsInvalid.selector));
        wrong = stakingParams();
        wrong.rewardRate = 10_001;
        refuses(wrong, abi.encodeWithSelector(IStaking.RewardRateOutOfRange.selector, 10_001));
    }

    function refuses(StakingParams memory wrong, bytes memory reason) private {
        vm.expectRevert(reason);
        new Staking(wrong);
    }
}
