import type { Clock } from "#kernel";
import type { Sql } from "#platform/pg";

/** What every operation of this module works with. */
export interface Context {
  sql: Sql;
  clock: Clock;
  /** The account of a wallet, if it has one. */
  accountOf: (wallet: string) => Promise<string | null>;
}
