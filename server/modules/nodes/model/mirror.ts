/** What an event of the registry makes of a node's mirrored stake. Pure. */
import { unreachable } from "#kernel";
import type { StakeEvent } from "../registryEvent.ts";

export interface Mirrored {
  stakeWei: bigint;
  unbondingWei: bigint;
  withdrawableAtMs: number | null;
}
/** Events of one node's stake; those of slashes that move nothing are locks alone. */
export type MovingEvent = Exclude<StakeEvent, { name: "SlashProposed" | "SlashCancelled" | "AppealResolved" }>;

export function mirror(before: Mirrored, event: MovingEvent): Mirrored {
  switch (event.name) {
    case "NodeRegistered":
    case "StakeAdded":
    case "Held":
      return { ...before, stakeWei: event.args.stake };
    case "UnbondRequested":
      return {
        stakeWei: less(before.stakeWei, event.args.amount),
        unbondingWei: before.unbondingWei + event.args.amount,
        withdrawableAtMs: Number(event.args.withdrawableAt) * 1000,
      };
    case "UnbondCancelled":
      return { ...withdrawn(before, event.args.amount), stakeWei: before.stakeWei + event.args.amount };
    case "Unbonded":
      return withdrawn(before, event.args.amount);
    case "Slashed": {
      // What is staked goes first, then what is unbonding.
      const rest = withdrawn(before, less(event.args.amount, before.stakeWei));
      return { ...rest, stakeWei: less(before.stakeWei, event.args.amount) };
    }
    default:
      return unreachable(event);
  }
}

const less = (a: bigint, b: bigint): bigint => (a > b ? a - b : 0n);

function withdrawn(before: Mirrored, amount: bigint): Mirrored {
  const unbondingWei = less(before.unbondingWei, amount);
  return { ...before, unbondingWei, withdrawableAtMs: unbondingWei === 0n ? null : before.withdrawableAtMs };
}
