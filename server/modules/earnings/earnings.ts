/**
 * Every cent of a node explained: what was paid and by which transaction, what is pending and when it is due, and why each other attempt
 * earned nothing. Receipts, epochs and attempts live in other modules; here they are laid side by side, newest first.
 */
import type { NodeEarningRow, NodeEarnings, Page } from "@farlabs/protocol";
import type { RouteArea } from "#platform/http";

/** Where a row stands; rows come newest first and end before it. */
export interface Mark {
  atMs: number;
  taskId: string;
  attempt: number;
}

/** A charged task's part for one node, as settlement knows it. */
export interface EarnedPart {
  taskId: string;
  attempt: number;
  atMs: number;
  model: string;
  tokens: number;
  amountWei: bigint;
  /** Goes to the node's held stake. */
  held: boolean;
  /** Null until netted. */
  epoch: number | null;
  /** Of the settled epoch. */
  txHash: string | null;
}

/** An attempt that earned nothing, as inference knows it. */
export interface UnpaidAttempt {
  taskId: string;
  attempt: number;
  atMs: number;
  model: string;
  /** A code of model/reasons.ts. */
  reason: string;
}

/** An owner wallet's earnings and those of each of its nodes, wei as decimal strings, as settlement sums them. */
export interface OwnerSums {
  claimed: string;
  claimable: string;
  pending: string;
  held: string;
  /** When what is pending will be settled at the latest; null where nothing is. */
  next_epoch_at: string | null;
  nodes: readonly {
    node_id: string;
    paid: string;
    claimable: string;
    pending: string;
    held: string;
    held_pending: string;
  }[];
}

export interface EarningsSources {
  earned(nodeId: string, page: { before: Mark | null; limit: number }): Promise<EarnedPart[]>;
  unpaid(nodeId: string, page: { before: Mark | null; limit: number }): Promise<UnpaidAttempt[]>;
  /** Attempts without pay by reason, since a time. */
  unpaidCounts(nodeId: string, sinceMs: number): Promise<{ reason: string; attempts: number }[]>;
  owner(wallet: string): Promise<OwnerSums>;
}

export interface Earnings {
  /** @throws node_not_found for another account's node */
  summary(accountId: string, nodeId: string): Promise<NodeEarnings>;
  /** @throws node_not_found, invalid_request for a foreign cursor */
  rows(accountId: string, nodeId: string, page: { cursor?: string; limit: number }): Promise<Page<NodeEarningRow>>;
  /** The same as CSV, line by line, at most {@link CSV_ROWS_MAX}. @throws node_not_found */
  csv(accountId: string, nodeId: string): Promise<AsyncIterable<string>>;
  area: RouteArea;
}

export const CSV_ROWS_MAX = 100_000;
