import type { Context } from "../operations/context.ts";
import type { Finding } from "../settlement.ts";
import { type Checked, many } from "./sources.ts";

/** Invariants 1, 2 (funds) and 4: the ledger audits itself, and its two sides are added up once more from outside. */
export async function checkLedger({ ledger }: Context): Promise<Checked> {
  const [own, trial] = await Promise.all([ledger.audit(), ledger.trialBalance()]);
  const findings: Finding[] = own.map((detail) => ({ invariant: 1, code: "ledger", detail }));
  for (const { asset, debits, credits } of trial) {
    if (debits === credits) continue;
    findings.push({ invariant: 1, code: "trial_balance", detail: `${asset}: debits ${debits}, credits ${credits}` });
  }
  return { checked: `1, 2, 4: ledger and its trial balance over ${many(trial.length, "asset")}`, findings };
}
