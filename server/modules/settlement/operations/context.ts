import type { FarChain, RegistryEvent, StakingEvent } from "@farlabs/chain";
import type { LocalAccount } from "viem";
import type { Clock } from "#kernel";
import type { Ledger } from "#ledger";
import type { Logger } from "#platform/log";
import type { Outbox } from "#platform/outbox";
import type { Sql, Tx } from "#platform/pg";
import type { SettlementConfig } from "../config.ts";

/**
 * Where a process may die between two durable steps; tests stop here, and a server under test kills itself (`CRASH_AT`).
 * - `listener.applied` an event's effect is written, not committed
 * - `listener.events` all events of a range are committed, the cursor is not
 * - `voucher.stored` money is set aside for a voucher, nobody was told
 * - `epoch.stored` an epoch is prepared, nothing signed
 * - `epoch.signed` an attempt is written down, not sent
 * - `epoch.sent` the node took the attempt, nobody was told
 * - `task.signed`, `task.sent` the same for a single task's completion
 * - `file.written` a settled epoch's file lies beside its place, not in it
 */
export const crashPoints = [
  "listener.applied",
  "listener.events",
  "voucher.stored",
  "epoch.stored",
  "epoch.signed",
  "epoch.sent",
  "task.signed",
  "task.sent",
  "file.written",
] as const;
export type CrashPointName = (typeof crashPoints)[number];

/** What other modules do with the events of the contracts that are theirs, in the event's own transaction. */
export interface Subscribers {
  nodeRegistry?: (tx: Tx, event: RegistryEvent) => Promise<void>;
  staking?: (tx: Tx, event: StakingEvent) => Promise<void>;
}

/** What every operation of this module works with. */
export interface Context {
  sql: Sql;
  ledger: Ledger;
  outbox: Outbox;
  /** Signs as the oracle. */
  chain: FarChain;
  /** Signs vouchers; holds the role SIGNER. */
  signer: LocalAccount;
  subscribers: Subscribers;
  config: SettlementConfig;
  /** Longest life of a task, milliseconds. */
  taskMsMax: number;
  clock: Clock;
  log: Logger;
  /** Events that failed in this process, by how often in a row (operations/applyOrHalt.ts). */
  failures: Map<string, number>;
  crashPoint: (name: CrashPointName) => void | Promise<void>;
}
