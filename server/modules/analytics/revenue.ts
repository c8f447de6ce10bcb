/** Revenue by product, day and role: who earned what, counted from the events that told of it, so that its sums are the ledger's. */
import type { RouteArea } from "#platform/http";
import type { OutboxEvent } from "#platform/outbox";
import type { Tx } from "#platform/pg";

/** `gpu` is what those earn who lend GPUs; the others are the network's part of what a product brought. */
export const STREAM_TYPES = ["inference", "gpu", "gaming", "desci", "gamed", "fartwin"] as const;
export type StreamType = (typeof STREAM_TYPES)[number];
export type Role = "operator" | "stakers" | "treasury" | "staker";

/** FAR in wei, dollars with six decimals at the rate of each task; both decimal strings. */
export interface Amount {
  amount_far: string;
  amount_usd: string;
}
export interface DayRow extends Amount {
  /** UTC, `2026-01-31`. */
  day: string;
  stream_type: StreamType;
  role: Role;
}

export interface RevenueSummary {
  /** First day that counts, UTC. */
  from: string;
  to: string;
  /** Of the whole network, public: what tasks brought, by who got it. The roles sum to the total. */
  network: {
    total: Amount;
    /** The part of the total that the treasury itself paid, for checks. */
    paid_by_treasury: Amount;
    by_role: Record<"operators" | "stakers" | "treasury", Amount>;
    by_stream: Partial<Record<StreamType, Amount>>;
    by_day: DayRow[];
  };
  /** The caller's wallets: earned as operator, claimed as staker. */
  own: { operator: Amount; staker: Amount; by_day: DayRow[] };
}

export interface RevenueEntry {
  stream_type: StreamType;
  role: Role;
  wallet: string;
  user_id: string | null;
  amount_far: string;
  /** Null where no rate was known. */
  amount_usd: string | null;
  transaction_hash: string | null;
  created_at: string;
}

export interface StreamsQuery {
  stream_type?: StreamType;
  cursor?: string;
  limit: number;
}

export interface Revenue {
  /** Consumer of `inference.task_finished` and `staking.rewards_claimed`. */
  count(tx: Tx, events: readonly OutboxEvent[]): Promise<void>;
  /** Called after counting with the accounts that earned; a push, not a record. */
  onEarned(listener: (accountId: string) => void): void;
  /** @param days - 1 to 366, today included */
  summary(wallets: readonly string[], days: number): Promise<RevenueSummary>;
  /** What these wallets earned, the newest first. @throws invalid_request for a foreign cursor */
  streams(
    wallets: readonly string[],
    query: StreamsQuery,
  ): Promise<{ data: RevenueEntry[]; nextCursor: string | null }>;
  /** `/api/v1/revenue`. */
  area: RouteArea;
}
