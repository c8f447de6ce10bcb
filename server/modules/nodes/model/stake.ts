/**
 * What stands behind a node, and what it may therefore have at risk. Pure.
 *
 * `none`        nothing on chain and nothing held: a newcomer. It may work at once, and by its first earnings begins to earn in.
 * `earning_in`  less than the minimum, all of it held from its own earnings. They are not to claim until they make the minimum.
 * `registered`  at least the minimum staked: what it has in flight and unsettled may reach its free stake.
 * `unbonding`   it asked for all of its stake back: it finishes what runs and gets nothing new. What a newcomer that leaves early still earns is
 *               held as before; unbonding releases it.
 * `suspended`   the audits found too much; whatever its stake is, it gets nothing but audits until that is lifted.
 */
import { unreachable, WEI_PER_FAR } from "#kernel";

export type StakeState = "none" | "earning_in" | "registered" | "unbonding" | "suspended";

/** In flight plus unsettled, at most, of all nodes of one owner together that have not made the minimum yet. */
export const EARN_IN_WEI = 10n * WEI_PER_FAR;
/** The registry's minimum where nothing else is said. */
export const STAKE_WEI_MIN = 1_000n * WEI_PER_FAR;

/** The registry's state of one node, mirrored from its events. */
export interface RegistryStake {
  /** Unbonding excluded. */
  stakeWei: bigint;
  unbondingWei: bigint;
  withdrawableAtMs: number | null;
  /** Under proposed slashes. */
  lockedWei: bigint;
}

export interface Suspension {
  reason: string;
  /** Null: until it is lifted. */
  untilMs: number | null;
}

export interface NodeStake {
  state: StakeState;
  /** Staked or held on chain, unbonding excluded. */
  stakeWei: bigint;
  /** Of it what no proposed slash has locked. */
  freeWei: bigint;
  unbondingWei: bigint;
  withdrawableAtMs: number | null;
  /** What it earns is kept for its stake instead of being its owner's to claim. */
  held: boolean;
  /** In flight plus unsettled, at most; for a suspended node what it would be otherwise. */
  riskWeiMax: bigint;
  suspension: Suspension | null;
}

export const NO_STAKE: RegistryStake = {
  stakeWei: 0n,
  unbondingWei: 0n,
  withdrawableAtMs: null,
  lockedWei: 0n,
};

const freeOf = (r: RegistryStake): bigint => (r.stakeWei > r.lockedWei ? r.stakeWei - r.lockedWei : 0n);

function standing(r: RegistryStake, minWei: bigint): { state: Exclude<StakeState, "suspended">; riskWeiMax: bigint } {
  if (r.stakeWei >= minWei) return { state: "registered", riskWeiMax: freeOf(r) };
  if (r.unbondingWei > 0n) return { state: "unbonding", riskWeiMax: 0n };
  return { state: r.stakeWei > 0n ? "earning_in" : "none", riskWeiMax: EARN_IN_WEI };
}

/** What the registry and the audits say of a node, as one. A suspension that ran out says nothing. */
export function stakeOf(
  registry: RegistryStake,
  suspension: Suspension | null,
  { nowMs, minWei = STAKE_WEI_MIN }: { nowMs: number; minWei?: bigint },
): NodeStake {
  const holds = suspension !== null && (suspension.untilMs === null || nowMs < suspension.untilMs);
  const { state, riskWeiMax } = standing(registry, minWei);
  return {
    state: holds ? "suspended" : state,
    stakeWei: registry.stakeWei,
    freeWei: freeOf(registry),
    unbondingWei: registry.unbondingWei,
    withdrawableAtMs: registry.withdrawableAtMs,
    // What is unbonding still stands behind the node. Were it not so, a newcomer could ask for its little back to be paid for what runs.
    held: registry.stakeWei + registry.unbondingWei < minWei,
    riskWeiMax,
    suspension: holds ? suspension : null,
  };
}

/** What the state means and what its owner can do, in words. */
export function explain({ state, suspension }: Pick<NodeStake, "state" | "suspension">): string {
  switch (state) {
    case "none":
      return "Not staked. The owner's nodes that are not registered may together have 10 FAR in flight and unsettled; what it earns is held until it makes the minimum stake. Stake with `far node stake` to be paid at once and take more.";
    case "earning_in":
      return "Earning in: what it earns is held, and becomes its stake at the minimum; until then 10 FAR in flight and unsettled, together with its owner's others that are not registered. Stake the rest with `far node stake` to be paid at once and take more.";
    case "registered":
      return "Staked. In flight and unsettled may reach the free stake; add stake to take more at once.";
    case "unbonding":
      return "Unbonding: it finishes what runs and gets nothing new. Withdraw when the time has passed, or cancel the unbonding to work on.";
    case "suspended":
      return `Suspended by the audits (${suspension?.reason ?? "unknown"}): it gets no user tasks ${until(suspension)}. A proposed slash can be appealed.`;
    default:
      return unreachable(state);
  }
}

const until = (suspension: Suspension | null): string =>
  suspension === null || suspension.untilMs === null
    ? "until that is lifted"
    : `until ${new Date(suspension.untilMs).toISOString()}`;
