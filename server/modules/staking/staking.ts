/**
 * Staking as the chain has it: a mirror of the contract's events that can be searched, what is claimable read from the chain itself, and the
 * job that fetches the stakers' pool and ends locks that are over. Nothing here decides money; the contract does.
 */
import type { StakingEvent } from "@farlabs/chain";
import type { StakingMetrics, StakingRecord, StakingRewards } from "@farlabs/protocol";
import type { RouteArea } from "#platform/http";
import type { Tx } from "#platform/pg";

/** Days a stake may be locked for, and what it then counts for in basis points; the contract's. */
export const LOCK_WEIGHT_BPS = { 0: 10_000n, 30: 11_000n, 90: 12_500n, 180: 15_000n, 365: 20_000n } as const;

export interface PageQuery {
  cursor?: string;
  limit: number;
}

export interface Staking {
  /** Mirrors one confirmed event, in the listener's transaction. Safe to repeat. @throws ChainError when the block's time cannot be read */
  apply(tx: Tx, event: StakingEvent): Promise<void>;
  /** Shared by callers for a second. @throws staking_unavailable */
  metrics(): Promise<StakingMetrics>;
  /** Stakes of these wallets, newest first. @throws invalid_request for a foreign cursor */
  records(wallets: readonly string[], page: PageQuery): Promise<{ data: StakingRecord[]; nextCursor: string | null }>;
  /** @throws staking_unavailable; invalid_request for a foreign cursor */
  rewards(wallets: readonly string[], page: PageQuery): Promise<StakingRewards>;
  /**
   * Fetches the stakers' pool from the escrow if it is worth its gas; one process at a time, and a second call finds nothing left.
   * @returns whether a transaction was sent and mined
   * @throws ChainError
   */
  pullRevenue(): Promise<boolean>;
  /**
   * Takes the extra weight from locks that are over, the heaviest first: a few a round, `STAKING_EXPIRE_DAILY_MAX` a day. One process at a time.
   * @returns how many
   * @throws ChainError
   */
  expireLocks(): Promise<number>;
  /** {@link pullRevenue}, then {@link expireLocks}, from the same account: one after the other. @throws ChainError */
  upkeep(): Promise<void>;
  /** `/api/v1/staking`. */
  area: RouteArea;
}
