import "./errors.ts";
import { type FarChain, isChainError } from "@farlabs/chain";
import type { LocalAccount } from "viem";
import { type Clock, coded } from "#kernel";
import type { Ledger } from "#ledger";
import type { Logger } from "#platform/log";
import type { Outbox } from "#platform/outbox";
import type { Sql } from "#platform/pg";
import { audit } from "./audit/audit.ts";
import type { AuditSources } from "./audit/sources.ts";
import type { SettlementConfig } from "./config.ts";
import { readEpochFile } from "./files/readEpochFile.ts";
import { adminArea } from "./http/admin.ts";
import { networkArea } from "./http/areas.ts";
import { withdrawalsArea } from "./http/withdrawals.ts";
import { alert, type Stocks } from "./jobs/alert.ts";
import { lead } from "./jobs/lead.ts";
import { createLoop } from "./jobs/loop.ts";
import { createReconciler } from "./jobs/reconcile.ts";
import { isBacklogged, refreshCapacity } from "./operations/capacity.ts";
import type { Context, CrashPointName, Subscribers } from "./operations/context.ts";
import { haltedBy } from "./operations/findings.ts";
import { nodeReceipts } from "./operations/nodeReceipts.ts";
import { ownerEarnings } from "./operations/ownerEarnings.ts";
import { createPayeeProofs } from "./operations/payeeProof.ts";
import { readBooks } from "./operations/readBooks.ts";
import { readChainTask } from "./operations/readChainTask.ts";
import { readEpoch } from "./operations/readEpoch.ts";
import { readFindings } from "./operations/readFindings.ts";
import { resolveFinding } from "./operations/resolveFinding.ts";
import { solvency } from "./operations/solvency.ts";
import { treasuryFree } from "./operations/treasuryFree.ts";
import { unsettledNodes } from "./operations/unsettledNodes.ts";
import { createReceipts } from "./receipts/createReceipts.ts";
import type { Settlement, SettlementFigures, SolvencyReport } from "./settlement.ts";
import { listVouchers, readVoucher } from "./vouchers/readVouchers.ts";
import { createTurns } from "./vouchers/turns.ts";
import { withdraw } from "./vouchers/withdraw.ts";

export interface SettlementDeps {
  sql: Sql;
  ledger: Ledger;
  outbox: Outbox;
  /** Signs as the oracle. */
  chain: FarChain;
  /** Signs vouchers and receipts; holds the role SIGNER. */
  signer: LocalAccount;
  /** What other modules do with the events of the contracts that are theirs. */
  subscribers?: Subscribers;
  config: SettlementConfig;
  /** Longest life of a task, milliseconds: one on chain is begun only while it can still be completed after that. */
  taskMsMax: number;
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
  const { sql, config, clock, log, auditSources = {}, subscribers = {}, crashPoint = () => {} } = deps;
  const context: Context = { ...deps, subscribers, crashPoint, failures: new Map() };
  let backlogged = false;
  let halted: string | null = null;
  let stocks: Stocks | null = null;
  let books = { openFindings: 0, unsettledWei: 0n, lastEpoch: 0 };
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
      books = await readBooks(sql);
      const reason = await haltedBy(sql);
      if (reason !== null && reason !== halted)
        log.error("settlement has stopped until a person looks at it", { reason });
      halted = reason;
    },
  });

  const reconciler = createReconciler(context);
  const reconciling = createLoop({
    ...{ name: "reconciler", everyMs: config.SETTLEMENT_RECONCILE_S * 1000, log },
    async round() {
      stocks = await alert(context);
      for (const { code, detail } of await reconciler.round()) log.error("the books differ", { code, detail });
    },
  });
  const inTurn = createTurns();
  const figures = (): SettlementFigures => ({
    ...books,
    halted: halted !== null,
    oracleGasWei: stocks?.oracleGasWei ?? null,
    treasuryWei: stocks?.treasuryWei ?? null,
  });

  const { start: startSigning, stop: stopSigning, ...signing } = createReceipts(context);

  async function readSolvency(): Promise<SolvencyReport> {
    try {
      return await solvency(context);
    } catch (error) {
      if (!isChainError(error)) throw error;
      throw coded("chain_unavailable", { retryAfterS: 5, internal: error.message, cause: error });
    }
  }

  const settlement: Omit<Settlement, "areas"> = {
    ...signing,
    backlogged: () => backlogged,
    solvency() {
      const nowMs = clock.monotonic();
      if (page === null || nowMs - page.atMs >= SOLVENCY_MS) page = { atMs: nowMs, report: readSolvency() };
      return page.report;
    },
    epoch: (n) => readEpoch(sql, n),
    epochFile: (n) => readEpochFile(context, n),
    payeeProof: createPayeeProofs(context),
    withdraw: (request) => inTurn(request.wallet.toLowerCase(), () => withdraw(context, request)),
    withdrawal: (accountId, id) => readVoucher(sql, accountId, id),
    withdrawals: (accountId, range) => listVouchers(sql, accountId, range),
    nodeReceipts: (nodeId, range) => nodeReceipts(sql, nodeId, range),
    earnings: (owner) => ownerEarnings(context, owner),
    findings: () => readFindings(sql),
    resolveFinding: (key, by) => resolveFinding(context, key, by),
    unsettled: () => unsettledNodes(sql),
    treasuryFree: () => treasuryFree(context),
    chainTask: (id) => readChainTask(context, id),
    figures,
    audit: () => audit(context, auditSources),
    async start() {
      startSigning();
      leading.start();
      watching.start();
      reconciling.start();
    },
    async stop() {
      await Promise.all([stopSigning(), leading.stop(), watching.stop(), reconciling.stop()]);
    },
  };
  return { ...settlement, areas: [networkArea(settlement), withdrawalsArea(settlement), adminArea(settlement)] };
}
