// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {Timelocked} from "../Timelocked.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {NodeState, NodeStatus} from "../types/Node.sol";
import {RegistryParams} from "../types/RegistryParams.sol";

/// @title Stakes of nodes, in and out
/// @dev A node's status is not stored: it follows from its stake.
abstract contract NodeStakes is INodeRegistry, Timelocked {
    using SafeERC20 for IERC20;

    /// @dev See {NodeState}. A credit of held earnings writes `stake` alone.
    struct Node {
        uint256 stake;
        uint256 unbonding;
        uint256 slashLocked;
        uint64 withdrawableAt;
        uint64 ratedAt;
        uint64 lastHeartbeat;
        uint16 rating;
    }

    address public immutable payment;
    uint32 public immutable unbondDelay;

    /// @inheritdoc INodeRegistry
    uint256 public immutable minStake;

    /// @inheritdoc INodeRegistry
    uint256 public totalStake;

    mapping(address owner => mapping(bytes32 node => Node)) internal _nodes;

    constructor(RegistryParams memory params)
        AccessControlDefaultAdminRules(params.adminDelay, params.admin)
        Timelocked(params.token, params.timelock)
    {
        if (params.token == address(0) || params.payment == address(0)) revert AddressZero();
        if (params.minStake == 0) revert ParamsInvalid();
        payment = params.payment;
        unbondDelay = params.unbondDelay;
        minStake = params.minStake;
    }

    /// @inheritdoc INodeRegistry
    function registerNode(bytes32 node, uint256 amount) external nonReentrant {
        _register(node, amount);
    }

    /// @inheritdoc INodeRegistry
    function registerNodeWithPermit(bytes32 node, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        nonReentrant
    {
        // A copied permit spends the nonce first; the allowance it leaves behind is what counts.
        try IERC20Permit(address(token)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _register(node, amount);
    }

    /// @inheritdoc INodeRegistry
    function addStake(bytes32 node, uint256 amount) external nonReentrant {
        _known(msg.sender, node);
        _addStake(node, amount);
    }

    /// @inheritdoc INodeRegistry
    function requestUnbond(bytes32 node, uint256 amount) external {
        Node storage state = _nodes[msg.sender][node];
        if (amount == 0) revert AmountZero();
        if (amount > state.stake) revert StakeTooLow(amount, state.stake);
        uint256 freeAmount = Math.saturatingSub(state.stake, state.slashLocked);
        if (amount > freeAmount) revert StakeLocked(amount, freeAmount);
        uint256 rest = state.stake - amount;
        if (rest != 0 && rest < minStake) revert StakeBelowMinimum(rest, minStake);
        state.stake = rest;
        state.unbonding += amount;
        state.withdrawableAt = uint64(block.timestamp) + unbondDelay;
        emit UnbondRequested(msg.sender, node, amount, state.withdrawableAt);
    }

    /// @inheritdoc INodeRegistry
    function cancelUnbond(bytes32 node) external {
        Node storage state = _nodes[msg.sender][node];
        uint256 amount = state.unbonding;
        if (amount == 0) revert NothingUnbonding(msg.sender, node);
        state.unbonding = 0;
        state.withdrawableAt = 0;
        emit UnbondCancelled(msg.sender, node, amount);
        _raise(msg.sender, node, amount);
    }

    /// @inheritdoc INodeRegistry
    function withdrawUnbonded(bytes32 node) external nonReentrant returns (uint256 amount) {
        Node storage state = _nodes[msg.sender][node];
        uint256 unbonding = state.unbonding;
        if (unbonding == 0) revert NothingUnbonding(msg.sender, node);
        if (block.timestamp < state.withdrawableAt) revert StillUnbonding(state.withdrawableAt);
        amount = Math.min(unbonding, Math.saturatingSub(state.stake + unbonding, state.slashLocked));
        if (amount == 0) revert StakeLocked(unbonding, 0);
        state.unbonding = unbonding - amount;
        if (amount == unbonding) state.withdrawableAt = 0;
        totalStake -= amount;
        emit Unbonded(msg.sender, node, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc INodeRegistry
    /// @dev Reverts only for another caller: an epoch must not fail because of a node.
    function creditHeld(address owner, bytes32 node, uint256 amount) external {
        if (msg.sender != payment) revert NotPayment(msg.sender);
        totalStake += amount;
        emit Held(owner, node, amount, _nodes[owner][node].stake + amount);
        _raise(owner, node, amount);
    }

    /// @inheritdoc INodeRegistry
    function nodeOf(address owner, bytes32 node) external view returns (NodeState memory) {
        Node storage state = _nodes[owner][node];
        return NodeState({
            stake: state.stake,
            unbonding: state.unbonding,
            withdrawableAt: state.withdrawableAt,
            slashLocked: state.slashLocked,
            rating: _ratingOf(state),
            ratedAt: state.ratedAt,
            lastHeartbeat: state.lastHeartbeat,
            status: _statusOf(state.stake)
        });
    }

    /// @inheritdoc INodeRegistry
    function freeStake(address owner, bytes32 node) external view returns (uint256) {
        Node storage state = _nodes[owner][node];
        return Math.saturatingSub(state.stake, state.slashLocked);
    }

    /// @dev The node, if anything is staked for it.
    function _known(address owner, bytes32 node) internal view returns (Node storage state) {
        state = _nodes[owner][node];
        if (state.stake == 0) revert NodeUnknown(owner, node);
    }

    function _booked() internal view override returns (uint256) {
        return totalStake;
    }

    function _ratingOf(Node storage state) internal view virtual returns (uint16);

    function _register(bytes32 node, uint256 amount) private {
        uint256 stake = _nodes[msg.sender][node].stake;
        if (stake >= minStake) revert AlreadyRegistered(msg.sender, node);
        if (stake + amount < minStake) revert StakeBelowMinimum(stake + amount, minStake);
        _addStake(node, amount);
    }

    function _addStake(bytes32 node, uint256 amount) private {
        if (amount == 0) revert AmountZero();
        totalStake += amount;
        emit StakeAdded(msg.sender, node, amount, _nodes[msg.sender][node].stake + amount);
        _raise(msg.sender, node, amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    function _raise(address owner, bytes32 node, uint256 amount) private {
        Node storage state = _nodes[owner][node];
        uint256 before = state.stake;
        uint256 stake = before + amount;
        state.stake = stake;
        if (before < minStake && stake >= minStake) emit NodeRegistered(owner, node, stake);
    }

    function _statusOf(uint256 stake) private view returns (NodeStatus) {
        if (stake == 0) return NodeStatus.None;
        return stake < minStake ? NodeStatus.EarningIn : NodeStatus.Registered;
    }
}
