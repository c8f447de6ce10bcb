import type { Clock } from "#kernel";
import type { Logger } from "#platform/log";
import type { Sql } from "#platform/pg";
import type { TrustConfig } from "../config.ts";
import type { ModelFacts, Slasher, TrustInference, TrustNodes } from "../doors.ts";

/** What every operation gets. */
export interface Context {
  sql: Sql;
  clock: Clock;
  log: Logger;
  config: TrustConfig;
  nodes: TrustNodes;
  inference: TrustInference;
  slash: Slasher;
  /** Null for a model that is not in the catalogue. */
  modelFacts(model: string): ModelFacts | null;
  /** Encrypts under the account's key. */
  seal(accountId: string, plain: string): Promise<Buffer>;
  /** @throws when it was not sealed for the account, or the account is gone */
  open(accountId: string, sealed: Buffer): Promise<string>;
  /** Numbers in 0 … 1; tests give their own. */
  random(): number;
}

/** Tasks of checks carry this account; it has no wallet, no key, and no way to sign in. */
export const CHECK_ACCOUNT = "acc_network";

const HOUR_MS = 3_600_000;
/** Begin of the UTC hour of a moment. */
export const hourOf = (atMs: number): Date => new Date(Math.floor(atMs / HOUR_MS) * HOUR_MS);
