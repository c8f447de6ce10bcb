// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

/// @title What the timelock may do in each of our contracts
interface ITimelocked {
    /// @notice Tokens that the contract owed to nobody were sent on; its books are as before.
    event Recovered(address indexed token, address indexed to, uint256 amount);

    /// @notice The contract has less of the token than that, beside what its books say.
    error SurplusTooLow(address token, uint256 amount, uint256 surplusAmount);

    /// @notice Sends on tokens that came without a call: of FAR what the contract holds beyond its books, of any other token what
    /// it holds. Callable by the timelock.
    /// @param asset The token.
    /// @param amount In its smallest unit.
    function recover(address asset, address to, uint256 amount) external;
}
