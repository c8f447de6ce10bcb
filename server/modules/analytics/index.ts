/** What the network's events add up to. Knows no other module: everything comes from the outbox. */
export { createRevenue, type RevenueDeps, revenueTopics } from "./createRevenue.ts";
export type { Revenue, RevenueEntry, RevenueSummary, StreamType } from "./revenue.ts";
