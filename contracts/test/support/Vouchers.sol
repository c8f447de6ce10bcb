// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

import {Voucher} from "../../src/types/Voucher.sol";
import {vm} from "./Vm.sol";

/// @title Vouchers signed as the network signs them
library Vouchers {
    function sign(address escrow, uint256 key, Voucher memory voucher) internal view returns (bytes memory) {
        return signIn(domainOf("Far InferencePayment", "1", block.chainid, escrow), key, voucher);
    }

    function signIn(bytes32 domain, uint256 key, Voucher memory voucher) internal pure returns (bytes memory) {
        bytes32 typeHash =
            keccak256("Voucher(address wallet,uint256 amount,uint256 nonce,uint64 exitCounter,uint64 expiresAt)");
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", domain, keccak256(abi.encode(typeHash, voucher))));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function domainOf(string memory name, string memory version, uint256 chainId, address verifier)
        internal
        pure
        returns (bytes32)
    {
        bytes32 typeHash =
            keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        return keccak256(abi.encode(typeHash, keccak256(bytes(name)), keccak256(bytes(version)), chainId, verifier));
    }
}
