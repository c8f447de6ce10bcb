// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {NodeState} from "../types/Node.sol";
import {Slash} from "../types/Slash.sol";
import {ITimelocked} from "./ITimelocked.sol";

/// @title Registry of nodes and their stakes
/// @notice A node is the pair of its owner's address and the keccak-256 of its id. Its stake backs its work: a proven
/// cheat costs at most what is staked, after a delay in which the owner can appeal.
///
/// A node registers by staking the minimum, or earns it: while it has less, the escrow credits its earnings here, held.
/// What the registry holds is always at least Σ `stake` + Σ `unbonding`, the amount of `totalStake`.
interface INodeRegistry is ITimelocked {
    // ------------------------------------------------------------------ events

    /// @notice A node reached the minimum stake.
    event NodeRegistered(address indexed owner, bytes32 indexed node, uint256 stake);

    /// @notice An owner added to its node's stake.
    /// @param stake What it is now.
    event StakeAdded(address indexed owner, bytes32 indexed node, uint256 amount, uint256 stake);

    /// @notice The escrow credited earnings to a node's stake.
    /// @param stake What it is now.
    event Held(address indexed owner, bytes32 indexed node, uint256 amount, uint256 stake);

    /// @notice An owner asked for stake back.
    /// @param amount Moved from stake to unbonding.
    /// @param withdrawableAt From this second on all that unbonds is paid.
    event UnbondRequested(address indexed owner, bytes32 indexed node, uint256 amount, uint64 withdrawableAt);

    /// @notice An owner put all that unbonds back to the stake.
    event UnbondCancelled(address indexed owner, bytes32 indexed node, uint256 amount);

    /// @notice Stake was paid back to the owner.
    event Unbonded(address indexed owner, bytes32 indexed node, uint256 amount);

    /// @notice A node gave a sign of life.
    event HeartbeatRecorded(address indexed owner, bytes32 indexed node, uint64 at);

    /// @notice A node was rated, in hundredths of a point.
    event NodeRatingUpdated(address indexed owner, bytes32 indexed node, uint16 rating);

    /// @notice A slash was proposed.
    /// @param amount What was asked for; at most this is taken.
    /// @param evidence Hash of the evidence, which the owner is given.
    /// @param executableAt From this second on it can be executed.
    event SlashProposed(
        uint256 indexed id,
        address indexed owner,
        bytes32 indexed node,
        uint256 amount,
        bytes32 evidence,
        uint64 executableAt
    );

    /// @notice The owner appealed.
    /// @param statement Hash of what it says.
    event SlashAppealed(uint256 indexed id, bytes32 statement);

    /// @notice The arbiter decided an appeal.
    /// @param upheld Whether the owner was right; then the slash falls.
    event AppealResolved(uint256 indexed id, bool upheld);

    /// @notice A slash was withdrawn, or fell because its appeal was not decided in time.
    event SlashCancelled(uint256 indexed id);

    /// @notice A slash was executed.
    /// @param amount What was taken: at most what was asked for, and at most what was there.
    event Slashed(uint256 indexed id, address indexed owner, bytes32 indexed node, uint256 amount);

    /// @notice No slash is executed before this second.
    event SlashesFrozen(uint64 until);

    /// @notice Slashes are executed again.
    event SlashesUnfrozen();

    /// @notice The receiver of what is slashed changed.
    event TreasuryChanged(address indexed treasury);

    // ------------------------------------------------------------------ errors

    /// @notice An amount of zero does nothing.
    error AmountZero();

    /// @notice An address must be given.
    error AddressZero();

    /// @notice A minimum stake, a rating period or a heartbeat period of zero.
    error ParamsInvalid();

    /// @notice The node would have some stake, but less than the minimum.
    error StakeBelowMinimum(uint256 stake, uint256 minStake);

    /// @notice The node has the minimum already; `addStake` adds to it.
    error AlreadyRegistered(address owner, bytes32 node);

    /// @notice Nothing is staked for this node.
    error NodeUnknown(address owner, bytes32 node);

    /// @notice More was asked back than is staked.
    error StakeTooLow(uint256 amount, uint256 stake);

    /// @notice An open slash locks it.
    error StakeLocked(uint256 amount, uint256 freeAmount);

    /// @notice Nothing unbonds.
    error NothingUnbonding(address owner, bytes32 node);

    /// @notice It unbonds until later.
    error StillUnbonding(uint64 withdrawableAt);

    /// @notice One heartbeat a period.
    error HeartbeatTooSoon(uint64 lastHeartbeat);

    /// @notice One rating a period.
    error RatingTooSoon(uint64 ratedAt);

    /// @notice A rating above 10 000 hundredths.
    error RatingOutOfRange(uint256 rating);

    /// @notice Only the escrow may do this.
    error NotPayment(address caller);

    /// @notice The slash is not in a state in which this can be done.
    error SlashNotOpen(uint256 id);

    /// @notice Only the owner of the node may appeal.
    error NotNodeOwner(uint256 id, address caller);

    /// @notice The slash can be executed later.
    error SlashNotExecutable(uint256 id, uint64 executableAt);

    /// @notice Only the slasher may withdraw a slash whose appeal can still be decided.
    error AppealNotLapsed(uint256 id, uint64 decideBy);

    /// @notice The arbiter's time to decide is over.
    error AppealLapsed(uint256 id, uint64 decideBy);

    /// @notice No slash is executed now.
    error SlashingFrozen(uint64 until);

    /// @notice A freeze ends in the future, and within seven days.
    error FreezeOutOfRange(uint64 until, uint64 maxUntil);

    // ------------------------------------------------------------------ owners

    /// @notice Registers the caller's node. With what was held before, its stake must reach the minimum.
    /// @param node Keccak-256 of the node's id.
    /// @param amount In wei of FAR; the registry must be approved for it.
    function registerNode(bytes32 node, uint256 amount) external;

    /// @notice The same with an ERC-2612 permit instead of an approval.
    function registerNodeWithPermit(bytes32 node, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external;

    /// @notice Adds to the stake of the caller's node.
    function addStake(bytes32 node, uint256 amount) external;

    /// @notice Asks stake of the caller's node back. What stays is nothing or the minimum, and covers the open slashes. All that
    /// unbonds is paid a whole delay after the last request.
    function requestUnbond(bytes32 node, uint256 amount) external;

    /// @notice Puts all that unbonds back to the stake of the caller's node.
    function cancelUnbond(bytes32 node) external;

    /// @notice Pays the caller what has unbonded, but for what an open slash locks.
    /// @return amount In wei of FAR.
    function withdrawUnbonded(bytes32 node) external returns (uint256 amount);

    /// @notice A sign of life of the caller's node, once a period.
    function heartbeat(bytes32 node) external;

    /// @notice Appeals against a slash of the caller's node, until it is executed; once.
    /// @param statement Hash of what the owner has to say.
    function appealSlash(uint256 id, bytes32 statement) external;

    // ------------------------------------------------------------------ network

    /// @notice Rates a node, once a period. Callable by the oracle.
    /// @param rating Hundredths of a point, 0 to 10 000.
    function updateNodeRating(address owner, bytes32 node, uint16 rating) external;

    /// @notice Credits earnings to a node that earns in. Callable by the escrow, which transfers the amount in the same
    /// transaction. Reverts for no owner, node or amount.
    function creditHeld(address owner, bytes32 node, uint256 amount) external;

    /// @notice Proposes a slash and locks stake for it. Callable by the slasher. An amount beyond the stake is no error: what is
    /// there when the slash is executed is taken.
    /// @param evidence Hash of the evidence.
    /// @return id The slash's number, from 1 on.
    function proposeSlash(address owner, bytes32 node, uint256 amount, bytes32 evidence) external returns (uint256 id);

    /// @notice Decides an appeal in time. Callable by the arbiter.
    /// @param upheld Whether the owner is right; then the slash falls, else it can be executed.
    function resolveAppeal(uint256 id, bool upheld) external;

    /// @notice Pays a slash to the treasury: the smaller of its amount and what is staked or unbonds. Anyone may call once
    /// the delay is over, unless it is appealed or slashes are frozen.
    /// @return amount In wei of FAR.
    function executeSlash(uint256 id) external returns (uint256 amount);

    /// @notice Withdraws an open slash. Callable by the slasher; by anyone once an appeal was not decided in time.
    function cancelSlash(uint256 id) external;

    /// @notice Lets no slash be executed before a time. Callable by the arbiter.
    /// @param until At most seven days ahead.
    function freezeSlashes(uint64 until) external;

    /// @notice Ends the freeze. Callable by the arbiter.
    function unfreezeSlashes() external;

    /// @notice Sets who receives what is slashed. Callable by the timelock.
    function setTreasury(address newTreasury) external;

    // ------------------------------------------------------------------ views

    /// @notice A node's state.
    function nodeOf(address owner, bytes32 node) external view returns (NodeState memory);

    /// @notice What backs a node's work: its stake, less what open slashes lock; what unbonds does not count.
    function freeStake(address owner, bytes32 node) external view returns (uint256);

    /// @notice A slash; state zero if there is none with this number.
    function slashOf(uint256 id) external view returns (Slash memory);

    /// @notice From this stake on a node is registered, in wei of FAR.
    function minStake() external view returns (uint256);

    /// @notice Σ stake and unbonding of all nodes, in wei of FAR.
    function totalStake() external view returns (uint256);
}
