// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {FARToken} from "../../src/FARToken.sol";
import {InferencePayment} from "../../src/InferencePayment.sol";
import {NodeRegistry} from "../../src/NodeRegistry.sol";
import {Staking} from "../../src/Staking.sol";
import {Actors} from "../support/Actors.sol";
import {vm} from "../support/Vm.sol";

/// @dev What all actions share: the contracts, the people, and books (`ghost…`) kept by the rules of the ledger and not by looking
/// at the contracts. Every action says beforehand how its call ends: {act} fails if it ends otherwise.
abstract contract Books is Actors {
    /// @dev A task on chain as its user knows it.
    struct GhostTask {
        bytes32 id;
        address user;
        uint256 amount;
        uint256 reclaimableAt;
    }

    /// @dev A node's stake as its owner knows it.
    struct GhostNode {
        uint256 stake;
        uint256 unbonding;
        uint256 withdrawableAt;
        uint256 locked;
    }

    /// Seeds are cut to this before something is added to them; a multiple of all that follow.
    uint256 internal constant SEEDS = 420;
    uint256 public constant USERS = 5;
    uint256 public constant NODES = 4;
    uint256 public constant OWNERS = 3;
    uint256 public constant NODES_PER_OWNER = 2;
    uint256 public constant ROOTED = 3;
    uint256 public constant STAKERS = 4;

    FARToken public token;
    InferencePayment public escrow;
    NodeRegistry public registry;
    Staking public staking;

    // The escrow's books.
    /// A user's deposits minus debits minus withdrawals, as the ledger has it: negative is a receivable.
    mapping(address user => int256) public ghostLedger;
    /// What each payee was credited by batches and tasks, has claimed, and got as held stake.
    mapping(address payee => uint256) public ghostCredited;
    mapping(address payee => uint256) public ghostClaimed;
    mapping(address payee => uint256) public ghostHeld;
    /// What roots credited: to each payee, and in all; and what was claimed by them.
    mapping(address payee => uint256) public ghostCumulative;
    mapping(address payee => uint256) public ghostRootedClaimed;
    uint256 public ghostRootedCredited;
    uint256 public ghostRootedPaid;
    /// The treasury's account in the ledger: negative while it owes pending credits.
    int256 public ghostTreasury;
    uint256 public ghostStakersCredited;
    uint256 public ghostStakersPaid;
    uint256 public ghostPaidIn;
    uint256 public ghostPaidOut;
    GhostTask[] internal ghostTasks;

    // The registry's books.
    mapping(address owner => mapping(bytes32 node => GhostNode)) public ghostNodes;
    uint256 public ghostStakeIn;
    uint256 public ghostStakeOut;
    uint256 public ghostSlashed;

    // The stakers' books.
    mapping(address user => uint256) public ghostStaked;
    uint256 public ghostPrincipal;
    uint256 public ghostReserveIn;
    uint256 public ghostRewardsOut;

    // The token's.
    uint256 public ghostBurned;
    mapping(address target => uint256) public ghostDonated;

    // How the calls ended.
    bytes32[] public names;
    mapping(bytes32 name => uint256) public calls;
    mapping(bytes32 name => uint256) public successes;
    mapping(bytes32 name => address) public targetOf;

    /// @dev Calls as somebody. `expected` is the error it must end with, or zero for success.
    function act(bytes32 name, address caller, address target, bytes memory data, bytes4 expected)
        internal
        returns (bytes memory result)
    {
        bool ok;
        (ok, result) = tryToAct(name, caller, target, data);
        if (ok) vm.assertTrue(expected == 0, string.concat("went through: ", text(name)));
        else vm.assertEq(bytes32(bytes4(result)), bytes32(expected));
    }

    function tryToAct(bytes32 name, address caller, address target, bytes memory data)
        internal
        returns (bool ok, bytes memory result)
    {
        if (calls[name] == 0) names.push(name);
        targetOf[name] = target;
        calls[name] += 1;
        vm.prank(caller);
        (ok, result) = target.call(data);
        if (ok) successes[name] += 1;
    }

    /// @dev Gives FAR to a wallet and lets a contract take it.
    function arm(address wallet, uint256 amount, address spender) internal {
        vm.prank(TREASURY);
        token.transfer(wallet, amount);
        vm.prank(wallet);
        token.approve(spender, amount);
    }

    function namesCount() external view returns (uint256) {
        return names.length;
    }

    function user(uint256 seed) public pure returns (address) {
        return address(uint160(0x1001 + seed % USERS));
    }

    function node(uint256 seed) public pure returns (address) {
        return address(uint160(0x2001 + seed % NODES));
    }

    function owner(uint256 seed) public pure returns (address) {
        return address(uint160(0x3001 + seed % OWNERS));
    }

    function staker(uint256 seed) public pure returns (address) {
        return address(uint160(0x4001 + seed % STAKERS));
    }

    function rooted(uint256 seed) public pure returns (address) {
        return address(uint160(0x5001 + seed % ROOTED));
    }

    /// @dev Everybody whom a batch may credit by name.
    function payee(uint256 seed) public pure returns (address) {
        seed = seed % (NODES + OWNERS);
        return seed < NODES ? node(seed) : owner(seed - NODES);
    }

    function nodeKey(uint256 seed) public pure returns (bytes32) {
        return keccak256(abi.encode("node", seed % NODES_PER_OWNER));
    }

    function draw(uint256 seed, string memory what) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, what)));
    }

    function text(bytes32 name) internal pure returns (string memory) {
        return string(abi.encodePacked(name));
    }
}
