// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {FARToken} from "../../src/FARToken.sol";
import {ERC20Properties} from "../properties/ERC20Properties.sol";

contract FARTokenPropertiesTest is ERC20Properties {
    function subject() internal override returns (IERC20, address) {
        return (new FARToken(address(0x7E)), address(0x7E));
    }
}
