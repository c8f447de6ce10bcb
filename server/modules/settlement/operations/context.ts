import type { FarChain } from "@farlabs/chain";
import type { Clock } from "#kernel";
import type { Ledger } from "#ledger";
import type { Logger } from "#platform/log";
import type { Outbox } from "#platform/outbox";
import type { Sql } from "#platform/pg";
import type { SettlementConfig } from "../config.ts";

/**
 * Where a process may die between two durable steps; tests stop here, and a build under test may kill itself.
 * - `listener.applied` an event's effect is written, not committed
 * - `listener.events` all events of a range are committed, the cursor is not
 * - `epoch.stored` an epoch is prepared, nothing signed
 * - `epoch.signed` an attempt is written down, not sent
 * - `epoch.sent` the node took the attempt, nobody was told
 */
export const crashPoints = [
  "listener.applied",
  "listener.events",
  "epoch.stored",
  "epoch.signed",
  "epoch.sent",
] as const;
export type CrashPointName = (typeof crashPoints)[number];

/** What every operation of this module works with. */
export interface Context {
  sql: Sql;
  ledger: Ledger;
  outbox: Outbox;
  /** Signs as the oracle. */
  chain: FarChain;
  config: SettlementConfig;
  clock: Clock;
  log: Logger;
  crashPoint: (name: CrashPointName) => void | Promise<void>;
}
