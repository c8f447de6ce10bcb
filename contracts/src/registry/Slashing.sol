// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {RegistryParams} from "../types/RegistryParams.sol";
import {Slash, SlashState} from "../types/Slash.sol";
import {NodeStakes} from "./NodeStakes.sol";

/// @title Slashes: delayed, appealable, never more than there is
/// @dev Proposed → Executed, after the delay
///      Proposed → Appealed → Rejected → Executed, after both decision and delay
///      Proposed, Appealed, Rejected → Cancelled, by the slasher
///      Appealed → Cancelled, by the arbiter, or by anyone when the arbiter let its time pass
///      While it is open its amount is locked; the sum of what is locked is the node's `slashLocked`.
abstract contract Slashing is NodeStakes {
    using SafeERC20 for IERC20;

    /// @notice May propose and withdraw slashes.
    bytes32 public constant SLASHER_ROLE = keccak256("SLASHER");

    /// @notice May decide appeals and freeze slashes.
    bytes32 public constant ARBITER_ROLE = keccak256("ARBITER");

    /// @notice Longest freeze.
    uint64 public constant FREEZE_MAX = 7 days;

    /// @dev More than any stake; a proposal beyond it is cut, so that the sum of what is locked cannot overflow.
    uint256 private constant SLASH_MAX = type(uint128).max;

    uint32 public immutable slashDelay;
    uint32 public immutable appealPeriod;

    /// @notice Slashes proposed so far; their ids are 1 to this.
    uint256 public slashCount;

    /// @notice Who receives what is slashed.
    address public treasury;

    /// @notice No slash is executed before this second.
    uint64 public frozenUntil;

    mapping(uint256 id => Slash) private _slashes;

    constructor(RegistryParams memory params) {
        slashDelay = params.slashDelay;
        appealPeriod = params.appealPeriod;
        _grantRole(SLASHER_ROLE, params.slasher);
        _grantRole(ARBITER_ROLE, params.arbiter);
        _setTreasury(params.treasury);
    }

    /// @inheritdoc INodeRegistry
    function proposeSlash(address owner, bytes32 node, uint256 amount, bytes32 evidence)
        external
        onlyRole(SLASHER_ROLE)
        returns (uint256 id)
    {
        if (amount == 0) revert AmountZero();
        amount = Math.min(amount, SLASH_MAX);
        uint64 executableAt = uint64(block.timestamp) + slashDelay;
        id = ++slashCount;
        _slashes[id] = Slash(owner, executableAt, SlashState.Proposed, node, 0, amount);
        _nodes[owner][node].slashLocked += amount;
        emit SlashProposed(id, owner, node, amount, evidence, executableAt);
    }

    /// @inheritdoc INodeRegistry
    function appealSlash(uint256 id, bytes32 statement) external {
        Slash storage slash = _slashes[id];
        if (slash.state != SlashState.Proposed) revert SlashNotOpen(id);
        if (msg.sender != slash.owner) revert NotNodeOwner(id, msg.sender);
        slash.state = SlashState.Appealed;
        slash.decideBy = uint64(block.timestamp) + appealPeriod;
        emit SlashAppealed(id, statement);
    }

    /// @inheritdoc INodeRegistry
    function resolveAppeal(uint256 id, bool upheld) external onlyRole(ARBITER_ROLE) {
        Slash storage slash = _slashes[id];
        if (slash.state != SlashState.Appealed) revert SlashNotOpen(id);
        if (block.timestamp > slash.decideBy) revert AppealLapsed(id, slash.decideBy);
        emit AppealResolved(id, upheld);
        if (upheld) _close(slash, SlashState.Cancelled);
        else slash.state = SlashState.Rejected;
    }

    /// @inheritdoc INodeRegistry
    function executeSlash(uint256 id) external nonReentrant returns (uint256 amount) {
        Slash storage slash = _slashes[id];
        if (slash.state != SlashState.Proposed && slash.state != SlashState.Rejected) revert SlashNotOpen(id);
        if (block.timestamp < slash.executableAt) revert SlashNotExecutable(id, slash.executableAt);
        if (block.timestamp < frozenUntil) revert SlashingFrozen(frozenUntil);
        _close(slash, SlashState.Executed);
        amount = _takeStake(_nodes[slash.owner][slash.node], slash.amount);
        emit Slashed(id, slash.owner, slash.node, amount);
        if (amount != 0) token.safeTransfer(treasury, amount);
    }

    /// @inheritdoc INodeRegistry
    function cancelSlash(uint256 id) external {
        Slash storage slash = _slashes[id];
        bool appealed = slash.state == SlashState.Appealed;
        if (!appealed && slash.state != SlashState.Proposed && slash.state != SlashState.Rejected) {
            revert SlashNotOpen(id);
        }
        bool lapsed = appealed && block.timestamp > slash.decideBy;
        if (!lapsed) _checkRole(SLASHER_ROLE);
        _close(slash, SlashState.Cancelled);
        emit SlashCancelled(id);
    }

    /// @inheritdoc INodeRegistry
    function freezeSlashes(uint64 until) external onlyRole(ARBITER_ROLE) {
        uint64 maxUntil = uint64(block.timestamp) + FREEZE_MAX;
        if (until <= block.timestamp || until > maxUntil) revert FreezeOutOfRange(until, maxUntil);
        frozenUntil = until;
        emit SlashesFrozen(until);
    }

    /// @inheritdoc INodeRegistry
    function unfreezeSlashes() external onlyRole(ARBITER_ROLE) {
        frozenUntil = 0;
        emit SlashesUnfrozen();
    }

    /// @inheritdoc INodeRegistry
    function slashOf(uint256 id) external view returns (Slash memory) {
        return _slashes[id];
    }

    function _setTreasury(address newTreasury) internal {
        if (newTreasury == address(0)) revert AddressZero();
        treasury = newTreasury;
        emit TreasuryChanged(newTreasury);
    }

    function _close(Slash storage slash, SlashState state) private {
        slash.state = state;
        _nodes[slash.owner][slash.node].slashLocked -= slash.amount;
    }

    /// @dev Stake first: a node that cheated falls below the minimum before money on its way out is touched.
    function _takeStake(Node storage node, uint256 wanted) private returns (uint256 amount) {
        uint256 fromStake = Math.min(wanted, node.stake);
        uint256 fromUnbonding = Math.min(wanted - fromStake, node.unbonding);
        node.stake -= fromStake;
        node.unbonding -= fromUnbonding;
        amount = fromStake + fromUnbonding;
        totalStake -= amount;
    }
}
