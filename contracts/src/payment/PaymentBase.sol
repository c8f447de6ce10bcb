// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {Timelocked} from "../Timelocked.sol";
import {AggregatorV3Interface} from "../interfaces/AggregatorV3Interface.sol";
import {IInferencePayment} from "../interfaces/IInferencePayment.sol";
import {Caps} from "../libraries/Caps.sol";
import {PaymentParams} from "../types/PaymentParams.sol";

/// @title What all parts of the escrow share
/// @dev Every sum that the escrow owes is held here, so that {liabilities} can be read on one screen.
abstract contract PaymentBase is IInferencePayment, Timelocked, Pausable {
    /// @notice May settle epochs and complete tasks.
    bytes32 public constant ORACLE_ROLE = keccak256("ORACLE");

    /// @notice Its signatures bind the network: receipts and vouchers.
    bytes32 public constant SIGNER_ROLE = keccak256("SIGNER");

    /// @notice May stop what the oracle moves, and dispute payees roots.
    bytes32 public constant PAUSER_ROLE = keccak256("PAUSER");

    AggregatorV3Interface public immutable priceFeed;
    uint32 public immutable exitDelay;
    uint32 public immutable exitWindow;
    uint32 public immutable disputeDelay;
    uint32 public immutable taskTimeout;
    uint32 public immutable priceMaxAge;
    uint16 public immutable epochCapBps;
    uint16 public immutable dayCapBps;

    /// @inheritdoc IInferencePayment
    uint64 public epoch;

    /// @notice Who owns `treasuryBalance`.
    address public treasury;

    /// @notice Where the stakers' pool may be paid.
    address public staking;

    /// @notice Where held earnings go.
    address public registry;

    /// @notice Σ `userBalances`.
    uint256 public totalUserBalances;

    /// @notice Σ `owed`.
    uint256 public totalOwed;

    /// @notice What can be claimed by proof, all payees together.
    uint256 public rootedBalance;

    /// @notice Paid in for tasks on chain that are open.
    uint256 public tasksBalance;

    /// @notice The stakers' pool.
    uint256 public stakersBalance;

    /// @notice The treasury's part of the escrow.
    uint256 public treasuryBalance;

    /// @notice Σ `pendingOf`, `rootedPending` and `stakersPending`: what the treasury still has to fund.
    uint256 public totalPending;

    /// @notice What the stakers' pool still has to get from the treasury.
    uint256 public stakersPending;

    /// @notice What those in the payees roots still have to get from the treasury.
    uint256 public rootedPending;

    /// @inheritdoc IInferencePayment
    mapping(address wallet => uint256) public userBalances;

    /// @inheritdoc IInferencePayment
    /// @dev Never positive together with `userBalances`: a shortfall empties the balance, a deposit pays the receivable first.
    mapping(address wallet => uint256) public receivableOf;

    /// @inheritdoc IInferencePayment
    mapping(address payee => uint256) public owed;

    /// @inheritdoc IInferencePayment
    mapping(address payee => uint256) public pendingOf;

    constructor(PaymentParams memory params)
        AccessControlDefaultAdminRules(params.adminDelay, params.admin)
        Timelocked(params.token, params.timelock)
    {
        if (params.token == address(0)) revert AddressZero();
        if (params.epochCapBps > Caps.BPS || params.dayCapBps > Caps.BPS) revert ParamsInvalid();
        if (AggregatorV3Interface(params.priceFeed).decimals() != 8) revert ParamsInvalid();
        priceFeed = AggregatorV3Interface(params.priceFeed);
        exitDelay = params.exitDelay;
        exitWindow = params.exitWindow;
        disputeDelay = params.disputeDelay;
        taskTimeout = params.taskTimeout;
        priceMaxAge = params.priceMaxAge;
        epochCapBps = params.epochCapBps;
        dayCapBps = params.dayCapBps;
        _setTreasury(params.treasury);
        _setStaking(params.staking);
        _setRegistry(params.registry);
        _grantRole(ORACLE_ROLE, params.oracle);
        _grantRole(SIGNER_ROLE, params.signer);
        _grantRole(PAUSER_ROLE, params.pauser);
    }

    /// @inheritdoc IInferencePayment
    function liabilities() public view returns (uint256) {
        return totalUserBalances + totalOwed + rootedBalance + tasksBalance + stakersBalance + treasuryBalance;
    }

    /// @inheritdoc IInferencePayment
    function movableBalance() public view returns (uint256) {
        return totalUserBalances + treasuryBalance;
    }

    function _booked() internal view override returns (uint256) {
        return liabilities();
    }

    function _setTreasury(address newTreasury) internal {
        if (newTreasury == address(0)) revert AddressZero();
        treasury = newTreasury;
        emit TreasuryChanged(newTreasury);
    }

    function _setStaking(address newStaking) internal {
        staking = newStaking;
        emit StakingChanged(newStaking);
    }

    function _setRegistry(address newRegistry) internal {
        registry = newRegistry;
        emit RegistryChanged(newRegistry);
    }

    /// @dev A copied permit spends the nonce first; the allowance it leaves behind is what counts.
    function _permit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) internal {
        try IERC20Permit(address(token)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
    }
}
