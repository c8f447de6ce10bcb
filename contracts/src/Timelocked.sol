// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ITimelocked} from "./interfaces/ITimelocked.sol";

/// @title What escrow, registry and staking leave to the timelock
/// @notice See {ITimelocked}. The token, the role, and what is recovered.
abstract contract Timelocked is ITimelocked, AccessControlDefaultAdminRules, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice May change parameters and recover what was sent by mistake; held by a timelock.
    bytes32 public constant PARAMETER_ROLE = keccak256("PARAMETER");

    /// @notice FAR.
    IERC20 public immutable token;

    constructor(address token_, address timelock) {
        token = IERC20(token_);
        _grantRole(PARAMETER_ROLE, timelock);
        // The admin cannot go round the timelock: only its holder hands this role on.
        _setRoleAdmin(PARAMETER_ROLE, PARAMETER_ROLE);
    }

    /// @inheritdoc ITimelocked
    function recover(address asset, address to, uint256 amount) external onlyRole(PARAMETER_ROLE) nonReentrant {
        uint256 bookedAmount = asset == address(token) ? _booked() : 0;
        uint256 surplusAmount = Math.saturatingSub(IERC20(asset).balanceOf(address(this)), bookedAmount);
        if (amount > surplusAmount) revert SurplusTooLow(asset, amount, surplusAmount);
        emit Recovered(asset, to, amount);
        IERC20(asset).safeTransfer(to, amount);
    }

    /// @dev FAR that the contract owes to somebody.
    function _booked() internal view virtual returns (uint256);
}
