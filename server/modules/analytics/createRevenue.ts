import { revenueArea } from "./http/area.ts";
import type { Context } from "./operations/context.ts";
import { countRevenue } from "./operations/countRevenue.ts";
import { readStreams } from "./operations/readStreams.ts";
import { rangeOf, readNetwork, readOwn } from "./operations/readSummary.ts";
import type { Revenue, RevenueSummary } from "./revenue.ts";

export type RevenueDeps = Context;

/** What this module wants to be told of. */
export const revenueTopics = ["inference.task_finished", "staking.rewards_claimed"] as const;

/** The network's totals are public: many readers share one look. */
const NETWORK_MS = 5_000;

/** Builds the revenue part of analytics; an outbox consumer feeds it. */
export function createRevenue(context: RevenueDeps): Revenue {
  const listeners: ((accountId: string) => void)[] = [];
  const pages = new Map<number, { atMs: number; network: Promise<RevenueSummary["network"]> }>();

  function network(days: number): Promise<RevenueSummary["network"]> {
    const atMs = context.clock.monotonic();
    const page = pages.get(days);
    if (page !== undefined && atMs - page.atMs < NETWORK_MS) return page.network;
    const fresh = { atMs, network: readNetwork(context, days) };
    pages.set(days, fresh);
    return fresh.network;
  }
  const revenue: Omit<Revenue, "area"> = {
    async count(tx, events) {
      for (const account of await countRevenue(context, tx, events)) for (const tell of listeners) tell(account);
    },
    onEarned(listener) {
      listeners.push(listener);
    },
    async summary(wallets, days) {
      const [all, own] = await Promise.all([network(days), readOwn(context, wallets, days)]);
      return { ...rangeOf(context, days), network: all, own };
    },
    streams: (wallets, query) => readStreams(context, wallets, query),
  };
  return { ...revenue, area: revenueArea(revenue) };
}
