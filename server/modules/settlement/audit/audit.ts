import { isChainError } from "@farlabs/chain";
import type { Context } from "../operations/context.ts";
import type { AuditReport } from "../settlement.ts";
import { checkAddresses } from "./checkAddresses.ts";
import { checkFindings, checkSums } from "./checkEpochs.ts";
import { checkEscrow } from "./checkEscrow.ts";
import { checkLedger } from "./checkLedger.ts";
import { checkOutbox } from "./checkOutbox.ts";
import { checkTasks } from "./checkTasks.ts";
import type { AuditSources, Checked } from "./sources.ts";

/** A chain that is silent is a finding: what cannot be checked must not look checked. */
async function onChain(check: Promise<Checked>): Promise<Checked> {
  try {
    return await check;
  } catch (error) {
    if (!isChainError(error)) throw error;
    const finding = { invariant: 6, code: "chain_unavailable", detail: error.message };
    return { checked: "6: not checked, the chain does not answer", findings: [finding] };
  }
}

const LOOKS = 4;
const BETWEEN_MS = 500;

/**
 * Ledger and chain are read one after the other while both go on, so a difference may be the moment between two reads. A broken
 * invariant stays broken: only what every look finds is reported.
 */
async function lookAgain(check: () => Promise<Checked>): Promise<Checked> {
  let seen = await check();
  for (let look = 1; look < LOOKS && seen.findings.length > 0; look++) {
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    seen = await check();
  }
  return seen;
}

/** Invariants 1–6 of ARCHITECTURE.md against database and chain. Reads only; safe while the network runs. */
export async function audit(context: Context, sources: AuditSources): Promise<AuditReport> {
  const checks = [
    await lookAgain(() => checkLedger(context)),
    await lookAgain(() => checkTasks(context.sql, sources)),
    await lookAgain(() => checkSums(context.sql)),
    await checkFindings(context.sql),
    await checkOutbox(context),
    await lookAgain(() => onChain(checkEscrow(context))),
    await lookAgain(() => onChain(checkAddresses(context))),
  ];
  return { findings: checks.flatMap((c) => c.findings), checked: checks.map((c) => c.checked) };
}
