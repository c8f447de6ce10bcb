// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {NetworkTest} from "../support/NetworkTest.sol";
import {vm} from "../support/Vm.sol";

/// @dev Bytes of what is deployed, recorded in snapshots/sizes.json.
contract SizesTest is NetworkTest {
    uint256 private constant CODE_SIZE_MAX = 24_576; // EIP-170

    function record(string memory name, address deployed) private {
        vm.snapshotValue("sizes", name, deployed.code.length);
        vm.assertLe(deployed.code.length, CODE_SIZE_MAX, name);
    }

    function test_everyContractMayBeDeployed() public {
        record("FARToken", address(token));
        record("InferencePayment", address(escrow));
        record("NodeRegistry", address(registry));
        record("SettableFeed", address(feed));
        record("Staking", address(staking));
    }
}
