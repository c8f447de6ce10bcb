// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IStaking} from "../../../src/interfaces/IStaking.sol";
import {Position} from "../../../src/types/Position.sol";
import {vm} from "../../support/Vm.sol";
import {Books} from "../Books.sol";

/// @dev What holders do with FAR.
abstract contract StakingActions is Books {
    uint256 private constant POSITIONS_MAX = 4;

    function stake(uint256 who, uint256 amount, uint8 lock) public {
        address user_ = staker(who);
        if (staking.positionsOf(user_).length >= POSITIONS_MAX) return claimRewards(who);
        uint16 lockDays = lockOf(lock);
        amount = amount % 8 == 0 ? amount % 100 + 1 : amount % 1_000e18 + 1;
        arm(user_, amount, address(staking));
        act("stake", user_, address(staking), abi.encodeCall(staking.stake, (amount, lockDays)), 0);
        ghostStaked[user_] += amount;
        ghostPrincipal += amount;
    }

    /// @dev Short locks are waited for, seven times of eight.
    function unstake(uint256 who, uint256 which, uint8 hurry) external {
        (address user_, Position memory position) = anyPosition(who, which);
        uint256 wait = position.unlockAt > block.timestamp ? position.unlockAt - block.timestamp : 0;
        if (hurry % 8 != 0 && wait <= 30 days) vm.warp(block.timestamp + wait);
        takeBack(user_, position);
    }

    /// @dev Exactly what is shown is paid.
    function claimRewards(uint256 who) public {
        address user_ = staker(who);
        for (uint256 i = 1; i < STAKERS && rewardsOf(user_) == 0; ++i) {
            user_ = staker(who % SEEDS + i);
        }
        uint256 shown = rewardsOf(user_);
        bytes4 expected = shown == 0 ? IStaking.NothingToClaim.selector : bytes4(0);
        uint256 before = token.balanceOf(user_);
        act("claimRewards", user_, address(staking), abi.encodeCall(staking.claimRewards, ()), expected);
        vm.assertEq(token.balanceOf(user_) - before, shown, "what was shown");
        ghostRewardsOut += shown;
    }

    function pullRevenue() public {
        uint256 pool = escrow.stakersBalance();
        bytes memory result = act("pullRevenue", STRANGER, address(staking), abi.encodeCall(staking.pullRevenue, ()), 0);
        vm.assertEq(abi.decode(result, (uint256)), pool, "the whole pool");
        ghostStakersPaid += pool;
        ghostPaidOut += pool;
        vm.assertLe(staking.streamEndsAt(), block.timestamp + STREAM_PERIOD, "a period at most");
    }

    function fundReserve(uint256 amount) external {
        amount = amount % 5e18 + 1;
        arm(STRANGER, amount, address(staking));
        act("fundReserve", STRANGER, address(staking), abi.encodeCall(staking.fundReserve, (amount)), 0);
        ghostReserveIn += amount;
    }

    function setRewardRate(uint16 bps) external {
        act("setRewardRate", TIMELOCK, address(staking), abi.encodeCall(staking.setRewardRate, (bps % 10_001)), 0);
    }

    function expireLock(uint256 who, uint256 which) external {
        (address user_, Position memory position) = anyPosition(who, which);
        if (which % 8 != 0) (user_, position) = weightyPosition(who);
        if (position.lockDays == 30 && block.timestamp < position.unlockAt) vm.warp(position.unlockAt);
        bool fit = position.weight > position.amount && block.timestamp >= position.unlockAt;
        bytes4 expected = fit ? bytes4(0) : IStaking.LockNotExpired.selector;
        bytes memory data = abi.encodeCall(staking.expireLock, (user_, position.id));
        act("expireLock", STRANGER, address(staking), data, expected);
    }

    function takeBack(address user_, Position memory position) internal {
        bool locked = block.timestamp < position.unlockAt;
        bool asks = position.lockDays == 0 && !position.unbonding;
        bytes4 expected = locked ? IStaking.StillLocked.selector : bytes4(0);
        uint256 before = token.balanceOf(user_);
        act("unstake", user_, address(staking), abi.encodeCall(staking.unstake, (position.id)), expected);
        if (locked) return;
        if (!position.unbonding) ghostStaked[user_] -= position.amount;
        if (asks) return;
        vm.assertEq(token.balanceOf(user_) - before, position.amount, "all of it");
        ghostPrincipal -= position.amount;
    }

    function rewardsOf(address user_) internal view returns (uint256) {
        (uint256 revenue, uint256 base) = staking.calculateRewards(user_);
        return revenue + base;
    }

    /// @dev One with extra weight and a short lock, if there is any.
    function weightyPosition(uint256 who) private returns (address user_, Position memory position) {
        for (uint256 i = 0; i < STAKERS; ++i) {
            user_ = staker(who % SEEDS + i);
            Position[] memory positions = staking.positionsOf(user_);
            for (uint256 j = 0; j < positions.length; ++j) {
                if (positions[j].lockDays == 30 && positions[j].weight > positions[j].amount) {
                    return (user_, positions[j]);
                }
            }
        }
        user_ = staker(who);
        stake(who, 500e18 + 1, 1);
        return (user_, newestOf(user_));
    }

    function newestOf(address user_) private view returns (Position memory) {
        Position[] memory positions = staking.positionsOf(user_);
        return positions[positions.length - 1];
    }

    function anyPosition(uint256 who, uint256 which) private returns (address user_, Position memory) {
        for (uint256 i = 0; i < STAKERS; ++i) {
            user_ = staker(who % SEEDS + i);
            Position[] memory positions = staking.positionsOf(user_);
            if (positions.length != 0) return (user_, positions[which % positions.length]);
        }
        stake(who, which, 1);
        user_ = staker(who);
        return (user_, staking.positionsOf(user_)[0]);
    }

    /// @dev Short locks are likelier, so that some end.
    function lockOf(uint8 lock) private pure returns (uint16) {
        uint16[8] memory locks = [0, 30, 0, 30, 90, 180, 365, 30];
        return locks[lock % 8];
    }
}
