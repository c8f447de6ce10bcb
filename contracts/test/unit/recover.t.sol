// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {FARToken} from "../../src/FARToken.sol";
import {Timelocked} from "../../src/Timelocked.sol";
import {ITimelocked} from "../../src/interfaces/ITimelocked.sol";
import {NetworkTest} from "../support/NetworkTest.sol";
import {vm} from "../support/Vm.sol";

/// @dev Tokens sent to escrow, registry and staking by mistake; all three hold money of others while they are recovered.
contract RecoverTest is NetworkTest {
    function setUp() public override {
        super.setUp();
        register(OWNER, NODE_KEY, MIN_STAKE);
        stake(STAKER, 300e18, 30);
        earn(10e18);
    }

    function targets() private view returns (Timelocked[3] memory) {
        return [Timelocked(escrow), Timelocked(registry), Timelocked(staking)];
    }

    function assertAllSolvent() private view {
        assertSolvent();
        assertRegistrySolvent();
        assertStakingSolvent();
    }

    function refuse(Timelocked target, address asset, uint256 amount, uint256 surplus) private {
        vm.prank(TIMELOCK);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.SurplusTooLow.selector, asset, amount, surplus));
        target.recover(asset, STRANGER, amount);
    }

    function testFuzz_farBeyondTheBooksAndNotAWeiMore(uint256 sent, uint256 amount) public {
        sent = bound(sent, 1, 1_000e18);
        amount = bound(amount, 1, sent);
        for (uint256 i = 0; i < 3; ++i) {
            Timelocked target = targets()[i];
            refuse(target, address(token), 1, 0);
            vm.prank(TREASURY);
            token.transfer(address(target), sent);
            refuse(target, address(token), sent + 1, sent);
            vm.expectEmit(address(target));
            emit ITimelocked.Recovered(address(token), STRANGER, amount);
            vm.prank(TIMELOCK);
            target.recover(address(token), STRANGER, amount);
            vm.assertEq(token.balanceOf(STRANGER), amount * (i + 1));
            refuse(target, address(token), sent - amount + 1, sent - amount);
            vm.prank(TIMELOCK);
            target.recover(address(token), STRANGER, sent - amount);
            vm.prank(STRANGER);
            token.transfer(TREASURY, sent - amount);
        }
        assertAllSolvent();
    }

    function test_anyOtherTokenWhole() public {
        FARToken other = new FARToken(ADMIN);
        for (uint256 i = 0; i < 3; ++i) {
            Timelocked target = targets()[i];
            vm.prank(ADMIN);
            other.transfer(address(target), 7e18);
            refuse(target, address(other), 7e18 + 1, 7e18);
            vm.prank(TIMELOCK);
            target.recover(address(other), STRANGER, 7e18);
        }
        vm.assertEq(other.balanceOf(STRANGER), 21e18);
        assertAllSolvent();
    }

    function test_refusesToSendToNobody() public {
        vm.prank(TIMELOCK);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        escrow.recover(address(token), address(0), 0);
    }

    function test_refusesEverybodyElse() public {
        bytes32 role = escrow.PARAMETER_ROLE();
        address[3] memory others = [ADMIN, TREASURY, STRANGER];
        for (uint256 i = 0; i < 9; ++i) {
            vm.prank(others[i % 3]);
            vm.expectRevert(missingRole(others[i % 3], role));
            targets()[i / 3].recover(address(token), STRANGER, 0);
        }
    }
}
