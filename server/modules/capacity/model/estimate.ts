/** What a node would earn at present demand. Pure; an estimate, and said to be one. */

/** Work of one model over a window. */
export interface Demand {
  hours: number;
  tasks: number;
  inputTokens: number;
  outputTokens: number;
  chargeWei: bigint;
}

export interface EstimateInput {
  demand: Demand;
  /** Output tokens a second of one stream, of the node asked about. */
  speed: number;
  slots: number;
  /** Slots × speed, summed over the nodes that serve the model now. */
  othersSpeed: number;
}

export interface Estimate {
  /** Part of the demand that would come to the node, in millionths. */
  shareMillionths: bigint;
  /** True where the node could not compute its share of the demand: it is capped at what it can do. */
  atCapacity: boolean;
  /** Operator's part at score 80 (60 %), wei. */
  perHourWei: bigint;
  /** How much of the node's time that takes, 0–1. */
  utilisation: number;
}

const MILLION = 1_000_000n;

/**
 * The scheduler prefers whoever ends soonest, so work is taken to come in proportion to speed; no node computes more than it can. Prompts
 * count a tenth of output, as the scheduler's own ranking has it.
 */
export function estimate({ demand, speed, slots, othersSpeed }: EstimateInput): Estimate {
  const own = speed * slots;
  const seconds = demand.hours * 3600;
  const work = demand.outputTokens + demand.inputTokens / 10;
  if (own <= 0 || work <= 0 || seconds <= 0)
    return { shareMillionths: 0n, atCapacity: false, perHourWei: 0n, utilisation: 0 };
  const fair = own / (own + othersSpeed);
  const able = (own * seconds) / work;
  const share = Math.min(fair, able);
  const shareMillionths = BigInt(Math.floor(share * 1e6));
  const chargePerHour = demand.chargeWei / BigInt(Math.max(1, Math.round(demand.hours)));
  return {
    shareMillionths,
    atCapacity: able < fair,
    perHourWei: (chargePerHour * shareMillionths * 60n) / (MILLION * 100n),
    utilisation: Math.min(1, (work * share) / (own * seconds)),
  };
}
