// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {NodeRegistry} from "../../src/NodeRegistry.sol";
import {Staking} from "../../src/Staking.sol";
import {Batch, Hold} from "../../src/types/Batch.sol";
import {NodeState} from "../../src/types/Node.sol";
import {RegistryParams} from "../../src/types/RegistryParams.sol";
import {StakingParams} from "../../src/types/StakingParams.sol";
import {EscrowTest} from "./EscrowTest.sol";
import {vm} from "./Vm.sol";

/// @dev The escrow with registry and staking beside it, as they are deployed.
abstract contract NetworkTest is EscrowTest {
    NodeRegistry internal registry;
    Staking internal staking;

    function setUp() public virtual override {
        super.setUp();
        registry = new NodeRegistry(registryParams());
        staking = new Staking(stakingParams());
        vm.prank(TIMELOCK);
        escrow.setRegistry(address(registry));
        vm.prank(TIMELOCK);
        escrow.setStaking(address(staking));
    }

    function registryParams() internal view returns (RegistryParams memory) {
        return RegistryParams({
            token: address(token),
            payment: address(escrow),
            treasury: TREASURY,
            admin: ADMIN,
            timelock: TIMELOCK,
            oracle: ORACLE,
            slasher: SLASHER,
            arbiter: ARBITER,
            adminDelay: 2 days,
            minStake: MIN_STAKE,
            unbondDelay: UNBOND_DELAY,
            slashDelay: SLASH_DELAY,
            appealPeriod: APPEAL_PERIOD,
            ratingPeriod: 1 hours,
            heartbeatPeriod: 1 days
        });
    }

    function stakingParams() internal view returns (StakingParams memory) {
        return StakingParams({
            token: address(token),
            payment: address(escrow),
            admin: ADMIN,
            timelock: TIMELOCK,
            adminDelay: 2 days,
            rewardRate: 100,
            streamPeriod: STREAM_PERIOD,
            unbondDelay: STAKE_UNBOND_DELAY
        });
    }

    /// @dev FAR in a wallet, and an approval of whoever is to take it.
    function give(address wallet, uint256 amount, address spender) internal {
        give(wallet, amount);
        vm.prank(wallet);
        token.approve(spender, type(uint256).max);
    }

    function register(address owner, bytes32 node, uint256 amount) internal {
        give(owner, amount, address(registry));
        vm.prank(owner);
        registry.registerNode(node, amount);
    }

    function unbond(bytes32 node, uint256 amount) internal {
        vm.prank(OWNER);
        registry.requestUnbond(node, amount);
    }

    function propose(bytes32 node, uint256 amount) internal returns (uint256 id) {
        vm.prank(SLASHER);
        return registry.proposeSlash(OWNER, node, amount, "evidence");
    }

    function appeal(uint256 id) internal {
        vm.prank(OWNER);
        registry.appealSlash(id, "statement");
    }

    function credit(bytes32 node, uint256 amount) internal {
        vm.prank(TREASURY);
        token.transfer(address(registry), amount);
        vm.prank(address(escrow));
        registry.creditHeld(OWNER, node, amount);
    }

    function stateOf(bytes32 node) internal view returns (NodeState memory) {
        return registry.nodeOf(OWNER, node);
    }

    function stake(address user, uint256 amount, uint16 lockDays) internal returns (uint256) {
        give(user, amount, address(staking));
        vm.prank(user);
        return staking.stake(amount, lockDays);
    }

    /// @dev Revenue as it comes about: an epoch of five times as much, of which a fifth is the stakers'.
    function earn(uint256 amount) internal {
        deposit(USER, 5 * amount);
        settle(batchOf(USER, 5 * amount, NODE));
        staking.pullRevenue();
    }

    function fundReserve(uint256 amount) internal {
        give(STRANGER, amount, address(staking));
        vm.prank(STRANGER);
        staking.fundReserve(amount);
    }

    /// @dev The next epoch: one payer, one node that earns in.
    function holdBatch(address payer, uint256 amount, address owner, bytes32 node)
        internal
        view
        returns (Batch memory batch)
    {
        batch = emptyBatch(1, 0);
        batch.taskCount = 1;
        batch.debits[0].wallet = payer;
        batch.debits[0].amount = amount;
        batch.holds = new Hold[](1);
        batch.holds[0] = Hold(node, owner, amount * 60 / 100);
        batch.stakersAmount = amount / 5;
        batch.treasuryAmount = amount - batch.holds[0].amount - batch.stakersAmount;
    }

    /// @dev Rounding favours the pool, by less than a wei.
    function assertShare(uint256 amount, uint256 expected) internal pure {
        vm.assertLe(amount, expected, "at most its share");
        vm.assertLe(expected, amount + 1, "and less than a wei below");
    }

    function assertRegistrySolvent() internal view {
        vm.assertEq(token.balanceOf(address(registry)), registry.totalStake(), "the registry holds what is staked");
    }

    function assertStakingSolvent() internal view {
        vm.assertEq(token.balanceOf(address(staking)), staking.liabilities(), "staking holds what it owes");
    }
}
