// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

/// @notice A withdrawal that the network has already set aside, signed (EIP-712) by a holder of the signer role.
/// @param wallet Who is paid, out of its own balance, and nobody else.
/// @param amount In wei of FAR.
/// @param nonce Used once per wallet.
/// @param exitCounter The wallet's, as in `exitOf`; a later exit request voids the voucher.
/// @param expiresAt Last second, since 1970, at which it is paid.
struct Voucher {
    address wallet;
    uint256 amount;
    uint256 nonce;
    uint64 exitCounter;
    uint64 expiresAt;
}
