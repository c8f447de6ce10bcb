import type { StakingMetrics } from "@farlabs/protocol";
import "./errors.ts";
import { isChainError } from "@farlabs/chain";
import { coded } from "#kernel";
import { stakingArea } from "./http/area.ts";
import { applyEvent } from "./operations/applyEvent.ts";
import type { Context } from "./operations/context.ts";
import { expireLocks } from "./operations/expireLocks.ts";
import { pullRevenue } from "./operations/pullRevenue.ts";
import { readMetrics } from "./operations/readMetrics.ts";
import { readRecords } from "./operations/readRecords.ts";
import { readRewards } from "./operations/readRewards.ts";
import type { Staking } from "./staking.ts";

export type StakingDeps = Context;

/** The page is public: many readers share one look at the chain. */
const METRICS_MS = 1_000;

async function fromChain<T>(read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    if (!isChainError(error)) throw error;
    throw coded("staking_unavailable", { retryAfterS: 5, internal: error.message, cause: error });
  }
}

/** Builds the module. It starts nothing: the listener calls `apply`, a timer `upkeep`. */
export function createStaking(context: StakingDeps): Staking {
  let page: { atMs: number; metrics: Promise<StakingMetrics> } | null = null;
  const staking: Omit<Staking, "area"> = {
    apply: (tx, event) => applyEvent(context, tx, event),
    metrics() {
      const nowMs = context.clock.monotonic();
      if (page === null || nowMs - page.atMs >= METRICS_MS) {
        page = { atMs: nowMs, metrics: fromChain(readMetrics(context)) };
      }
      return page.metrics;
    },
    records: (wallets, query) => readRecords(context, wallets, query),
    rewards: (wallets, query) => fromChain(readRewards(context, wallets, query)),
    pullRevenue: () => pullRevenue(context),
    expireLocks: () => expireLocks(context),
    async upkeep() {
      await pullRevenue(context);
      await expireLocks(context);
    },
  };
  return { ...staking, area: stakingArea(staking) };
}
