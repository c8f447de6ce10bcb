/** What an event of the registry makes of a node's mirrored stake. Pure. */
import { unreachable } from "#kernel";
import type { StakeEvent } from "../registryEvent.ts";

export interface Mirrored {
  stakeWei: bigint;
  unbondingWei: bigint;
  withdrawableAtMs: number | null;
  registered: boolean;
}
/** Events of one node's stake; those of slashes that move nothing are locks alone. */
export type MovingEvent = Exclude<StakeEvent, { name: "SlashProposed" | "SlashCancelled" | "AppealResolved" }>;

/** `minWei`: the stake from which a node counts as registered. */
export function mirror(before: Mirrored, event: MovingEvent, minWei: bigint): Mirrored {
  switch (event.name) {
    case "NodeRegistered":
      return { ...before, stakeWei: event.args.stake, registered: true };
    case "StakeAdded":
    case "Held":
      return grown(before, event.args.stake, minWei);
    case "UnbondRequested": {
      const stakeWei = less(before.stakeWei, event.args.amount);
      return {
        stakeWei,
        unbondingWei: before.unbondingWei + event.args.amount,
        withdrawableAtMs: Number(event.args.withdrawableAt) * 1000,
        registered: before.registered && stakeWei > 0n,
      };
    }
    case "UnbondCancelled":
      return grown(withdrawn(before, event.args.amount), before.stakeWei + event.args.amount, minWei);
    case "Unbonded":
      return withdrawn(before, event.args.amount);
    case "Slashed":
      return slashed(before, event.args.amount, minWei);
    default:
      return unreachable(event);
  }
}

const less = (a: bigint, b: bigint): bigint => (a > b ? a - b : 0n);

const grown = (before: Mirrored, stakeWei: bigint, minWei: bigint): Mirrored => ({
  ...before,
  stakeWei,
  registered: before.registered || stakeWei >= minWei,
});

function withdrawn(before: Mirrored, amount: bigint): Mirrored {
  const unbondingWei = less(before.unbondingWei, amount);
  return { ...before, unbondingWei, withdrawableAtMs: unbondingWei === 0n ? null : before.withdrawableAtMs };
}

/** A slash takes what is staked first, then what is unbonding. Below the minimum a node has to make it again. */
function slashed(before: Mirrored, amount: bigint, minWei: bigint): Mirrored {
  const stakeWei = less(before.stakeWei, amount);
  const rest = withdrawn(before, less(amount, before.stakeWei));
  return { ...rest, stakeWei, registered: before.registered && stakeWei >= minWei };
}
