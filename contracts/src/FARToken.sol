// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";

/// @title Far Labs Token
/// @notice The whole supply is minted once, to the treasury, in the constructor. There is no owner, no
/// minter and no pause: from then on the supply can only fall, by burning.
contract FARToken is ERC20, ERC20Burnable, ERC20Permit, ERC3009 {
    /// @notice The supply at birth: one thousand million tokens of 18 decimals.
    uint256 public constant INITIAL_SUPPLY = 1_000_000_000e18;

    /// @param treasury Receives the whole supply.
    constructor(address treasury) ERC20("Far Labs Token", "FAR") ERC20Permit("Far Labs Token") {
        _mint(treasury, INITIAL_SUPPLY);
    }
}
