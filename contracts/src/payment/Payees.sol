// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IInferencePayment} from "../interfaces/IInferencePayment.sol";
import {PaymentBase} from "./PaymentBase.sol";
import {Settlement} from "./Settlement.sol";

/// @title How operators take what they earned
/// @dev Nothing here can be paused; a payees root can be disputed before anybody can claim by it.
abstract contract Payees is Settlement {
    using SafeERC20 for IERC20;

    /// @dev An epoch's payees root.
    struct PayeesRoot {
        bytes32 root;
        uint64 claimableAt;
        bool disputed;
    }

    /// @inheritdoc IInferencePayment
    mapping(address payee => uint256) public claimedRooted;

    mapping(uint64 settledEpoch => PayeesRoot) private _roots;

    /// @inheritdoc IInferencePayment
    function claim() external nonReentrant returns (uint256 amount) {
        amount = owed[msg.sender];
        if (amount == 0) revert NothingOwed(msg.sender);
        owed[msg.sender] = 0;
        totalOwed -= amount;
        emit Claimed(msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IInferencePayment
    function claimRooted(uint64 settledEpoch, uint256 cumulativeAmount, bytes32[] calldata proof)
        external
        nonReentrant
        returns (uint256 amount)
    {
        PayeesRoot memory published = _rootOf(settledEpoch);
        if (published.disputed) revert RootIsDisputed(settledEpoch);
        if (block.timestamp < published.claimableAt) revert RootNotClaimable(settledEpoch, published.claimableAt);
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(msg.sender, cumulativeAmount))));
        if (!MerkleProof.verifyCalldata(proof, published.root, leaf)) {
            revert ProofInvalid(msg.sender, cumulativeAmount);
        }

        uint256 claimedAmount = claimedRooted[msg.sender];
        amount = Math.min(Math.saturatingSub(cumulativeAmount, claimedAmount), rootedBalance);
        if (amount == 0) revert NothingOwed(msg.sender);
        claimedRooted[msg.sender] = claimedAmount + amount;
        rootedBalance -= amount;
        emit RootedClaimed(msg.sender, settledEpoch, amount, claimedAmount + amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IInferencePayment
    function disputeRoot(uint64 settledEpoch) external onlyRole(PAUSER_ROLE) {
        PayeesRoot memory published = _rootOf(settledEpoch);
        if (published.disputed) revert RootIsDisputed(settledEpoch);
        if (block.timestamp >= published.claimableAt) revert DisputeWindowOver(settledEpoch, published.claimableAt);
        _roots[settledEpoch].disputed = true;
        emit RootDisputed(settledEpoch);
    }

    /// @inheritdoc IInferencePayment
    function releasePending(address payee) external returns (uint256 amount) {
        amount = _release(payee, pendingOf[payee]);
        pendingOf[payee] -= amount;
        owed[payee] += amount;
        totalOwed += amount;
    }

    /// @inheritdoc IInferencePayment
    function releaseStakersPending() external returns (uint256 amount) {
        amount = _release(address(this), stakersPending);
        stakersPending -= amount;
        stakersBalance += amount;
    }

    /// @inheritdoc IInferencePayment
    function releaseRootedPending() external returns (uint256 amount) {
        amount = _release(address(0), rootedPending);
        rootedPending -= amount;
        rootedBalance += amount;
    }

    /// @inheritdoc IInferencePayment
    function cancelPending(address payee, uint256 amount)
        external
        onlyRole(PARAMETER_ROLE)
        returns (uint256 cancelledAmount)
    {
        bool isStakers = payee == address(this);
        bool isRooted = payee == address(0);
        uint256 waitingAmount = isStakers ? stakersPending : isRooted ? rootedPending : pendingOf[payee];
        cancelledAmount = Math.min(amount, waitingAmount);
        if (cancelledAmount == 0) return 0;
        uint256 rest = waitingAmount - cancelledAmount;
        if (isStakers) stakersPending = rest;
        else if (isRooted) rootedPending = rest;
        else pendingOf[payee] = rest;
        totalPending -= cancelledAmount;
        emit PendingCancelled(payee, cancelledAmount);
    }

    /// @inheritdoc IInferencePayment
    function payeesRootOf(uint64 settledEpoch) external view returns (bytes32, uint64, bool) {
        PayeesRoot storage published = _roots[settledEpoch];
        return (published.root, published.claimableAt, published.disputed);
    }

    function _publishRoot(uint64 settledEpoch, bytes32 payeesRoot, uint256 rootedAmount) internal override {
        uint64 claimableAt = uint64(block.timestamp) + disputeDelay;
        _roots[settledEpoch] = PayeesRoot(payeesRoot, claimableAt, false);
        emit RootPublished(settledEpoch, payeesRoot, rootedAmount, claimableAt);
    }

    /// @dev Takes what waits from the treasury's balance, as far as that goes.
    function _release(address payee, uint256 pendingAmount) private returns (uint256 amount) {
        amount = Math.min(pendingAmount, treasuryBalance);
        if (amount == 0) return 0;
        totalPending -= amount;
        treasuryBalance -= amount;
        emit PendingReleased(payee, amount);
    }

    function _rootOf(uint64 settledEpoch) private view returns (PayeesRoot memory published) {
        published = _roots[settledEpoch];
        if (published.root == 0) revert RootUnknown(settledEpoch);
    }
}
