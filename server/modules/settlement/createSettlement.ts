import "./errors.ts";
import { type FarChain, isChainError } from "@farlabs/chain";
import { type Clock, coded } from "#kernel";
import type { Ledger } from "#ledger";
import type { Logger } from "#platform/log";
import type { Outbox } from "#platform/outbox";
import type { Sql } from "#platform/pg";
import { audit } from "./audit/audit.ts";
import type { AuditSources } from "./audit/sources.ts";
import type { SettlementConfig } from "./config.ts";
import { auditArea, networkArea } from "./http/areas.ts";
import { lead } from "./jobs/lead.ts";
import { createLoop } from "./jobs/loop.ts";
import { isBacklogged, refreshCapacity } from "./operations/capacity.ts";
import type { Context, CrashPointName } from "./operations/context.ts";
import { haltedBy } from "./operations/findings.ts";
import { receiptContributor } from "./operations/insertReceipts.ts";
import { ownerEarnings } from "./operations/ownerEarnings.ts";
import { readEpoch } from "./operations/readEpoch.ts";
import { listReceipts, readReceipt } from "./operations/readReceipts.ts";
import { solvency } from "./operations/solvency.ts";
import type { Settlement, SolvencyReport } from "./settlement.ts";

export interface SettlementDeps {
  sql: Sql;
  ledger: Ledger;
  outbox: Outbox;
  /** Signs as the oracle. */
  chain: FarChain;
  config: SettlementConfig;
  clock: Clock;
  log: Logger;
  /** Facts of other modules for the auditor. */
  auditSources?: AuditSources;
  /** Called between durable steps; a test dies there. */
  crashPoint?: (name: CrashPointName) => void | Promise<void>;
}

/** The page is public: many readers share one look at the chain. */
const SOLVENCY_MS = 1_000;

/** A backlog is measured in hours, and looking for one adds up what is pending. */
const WATCH_MS_MIN = 2_000;

/** Builds the module; `start` begins to listen and to settle. */
export function createSettlement(deps: SettlementDeps): Settlement {
  const { sql, config, clock, log, auditSources = {}, crashPoint = () => {} } = deps;
  const context: Context = { ...deps, crashPoint };
  let backlogged = false;
  let halted: string | null = null;
  let page: { atMs: number; report: Promise<SolvencyReport> } | null = null;

  const leading = createLoop({ name: "settlement", everyMs: config.CHAIN_POLL_MS, log, round: () => lead(context) });
  const watching = createLoop({
    ...{ name: "settlement backlog", everyMs: Math.max(config.CHAIN_POLL_MS, WATCH_MS_MIN), log },
    async round() {
      let now = await isBacklogged(sql);
      // What was read before the first deposit says that nothing can be settled: read again before anybody is refused.
      if (now && !backlogged) {
        await refreshCapacity(context).catch((error: unknown) => log.warn("capacity not read", { error }));
        now = await isBacklogged(sql);
      }
      if (now !== backlogged) log.warn(now ? "settlement is behind, admission waits" : "settlement has caught up");
      backlogged = now;
      const reason = await haltedBy(sql);
      if (reason !== null && reason !== halted)
        log.error("settlement has stopped until a person looks at it", { reason });
      halted = reason;
    },
  });

  async function readSolvency(): Promise<SolvencyReport> {
    try {
      return await solvency(context);
    } catch (error) {
      if (!isChainError(error)) throw error;
      throw coded("chain_unavailable", { retryAfterS: 5, internal: error.message, cause: error });
    }
  }

  const settlement: Omit<Settlement, "areas"> = {
    contributor: receiptContributor,
    backlogged: () => backlogged,
    solvency() {
      const nowMs = clock.monotonic();
      if (page === null || nowMs - page.atMs >= SOLVENCY_MS) page = { atMs: nowMs, report: readSolvency() };
      return page.report;
    },
    epoch: (n) => readEpoch(sql, n),
    receipt: (accountId, taskId) => readReceipt(sql, accountId, taskId),
    receipts: (accountId, range) => listReceipts(sql, accountId, range),
    earnings: (owner) => ownerEarnings(sql, owner),
    audit: () => audit(context, auditSources),
    async start() {
      leading.start();
      watching.start();
    },
    async stop() {
      await Promise.all([leading.stop(), watching.stop()]);
    },
  };
  return { ...settlement, areas: [networkArea(settlement), auditArea(settlement)] };
}
