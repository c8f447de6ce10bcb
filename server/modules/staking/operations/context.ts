import type { FarChain } from "@farlabs/chain";
import type { Clock } from "#kernel";
import type { Logger } from "#platform/log";
import type { Outbox } from "#platform/outbox";
import type { Sql } from "#platform/pg";
import type { StakingConfig } from "../config.ts";

/** What every operation of this module works with. */
export interface Context {
  sql: Sql;
  /** Reads; its account pays for fetching revenue. */
  chain: FarChain;
  outbox: Outbox;
  config: StakingConfig;
  clock: Clock;
  log: Logger;
  /** USD per FAR with 8 decimals; null while there is none. */
  rate8: () => bigint | null;
  /** The account of a wallet, if it has one. */
  accountOf: (wallet: string) => Promise<string | null>;
}
