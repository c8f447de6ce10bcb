// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;

/// @title Sharing by weight without losing a wei
/// @notice What is shared is counted in 2⁻¹²⁸ wei. A division's remainder is carried to the next share, and a member's fraction of a
/// wei stays with the member, so that at any time: shared = Σ members' shares + carried.
/// @dev With a supply below 2⁹⁰ wei no sum overflows before the whole supply was shared 2³⁸ times to a single wei of weight.
library Accumulator {
    uint256 internal constant SCALE_BITS = 128;

    /// @param perWeight Shared so far for each unit of weight, in 2⁻¹²⁸ wei.
    /// @param carried Remainder of the last division, in 2⁻¹²⁸ wei; less than the weight of that moment.
    struct Pool {
        uint256 perWeight;
        uint256 carried;
    }

    /// @param seen `perWeight` when the member was last brought up to date.
    /// @param scaled What it has earned and not taken, in 2⁻¹²⁸ wei.
    struct Member {
        uint256 seen;
        uint256 scaled;
    }

    /// @notice Shares an amount among all weights.
    /// @param amount In wei.
    /// @param totalWeight Not zero unless `amount` is.
    function share(Pool storage pool, uint256 amount, uint256 totalWeight) internal {
        if (amount == 0) return;
        uint256 scaled = (amount << SCALE_BITS) + pool.carried;
        pool.perWeight += scaled / totalWeight;
        pool.carried = scaled % totalWeight;
    }

    /// @notice Credits a member with what was shared since it was last up to date; before every change of its weight.
    function accrue(Pool storage pool, Member storage member, uint256 weight) internal {
        uint256 perWeight = pool.perWeight;
        member.scaled += weight * (perWeight - member.seen);
        member.seen = perWeight;
    }

    /// @notice Takes a member's whole wei; the fraction stays.
    function take(Member storage member) internal returns (uint256 amount) {
        uint256 scaled = member.scaled;
        amount = scaled >> SCALE_BITS;
        member.scaled = scaled - (amount << SCALE_BITS);
    }

    /// @notice What a member could take if `amount` more were shared now.
    function pending(Pool storage pool, Member storage member, uint256 weight, uint256 amount, uint256 totalWeight)
        internal
        view
        returns (uint256)
    {
        uint256 perWeight = pool.perWeight;
        if (amount != 0) perWeight += ((amount << SCALE_BITS) + pool.carried) / totalWeight;
        return (member.scaled + weight * (perWeight - member.seen)) >> SCALE_BITS;
    }
}
