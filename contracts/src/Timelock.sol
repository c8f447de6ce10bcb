// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

// Compiled as it is, to be deployed with the rest: it holds the parameter role of every contract here.
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
