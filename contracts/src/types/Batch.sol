// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

/// @notice What one wallet pays in an epoch, all its tasks together.
/// @param wallet The payer, as in `userBalances`.
/// @param amount In wei of FAR.
struct Debit {
    address wallet;
    uint256 amount;
}

/// @notice What one operator earns in an epoch.
/// @param payee Who may claim it.
/// @param amount In wei of FAR.
struct Credit {
    address payee;
    uint256 amount;
}

/// @notice What a node that has not yet earned its minimum stake earns in an epoch: it goes to the node's held balance in
/// the registry, where it can be slashed.
/// @param node Keccak-256 of the node's id.
/// @param owner Whose node it is.
/// @param amount In wei of FAR.
struct Hold {
    bytes32 node;
    address owner;
    uint256 amount;
}

/// @notice One netted epoch. Debits plus `treasuryDebitAmount` equal credits plus holds plus `rootedAmount` plus
/// `stakersAmount` plus `treasuryAmount`.
/// @param epoch The last settled epoch plus one.
/// @param taskCount Tasks in the epoch; each may shift one wei by rounding.
/// @param receiptsRoot Merkle root of the epoch's receipts.
/// @param treasuryDebitAmount What the treasury itself pays: the FAR leg of tasks paid in compute credit, and checks.
/// @param stakersAmount To the stakers' pool.
/// @param treasuryAmount To the treasury.
/// @param rootedAmount To operators beyond those in `credits`; each claims its part with a proof against `payeesRoot`.
/// @param payeesRoot Merkle root over (payee, all that it was ever credited by roots); zero if this epoch has none.
/// @param debits At most 400.
/// @param credits At most 400 together with the holds.
/// @param holds Earnings of nodes that earn in.
struct Batch {
    uint64 epoch;
    uint32 taskCount;
    bytes32 receiptsRoot;
    uint256 treasuryDebitAmount;
    uint256 stakersAmount;
    uint256 treasuryAmount;
    uint256 rootedAmount;
    bytes32 payeesRoot;
    Debit[] debits;
    Credit[] credits;
    Hold[] holds;
}
