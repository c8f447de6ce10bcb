import { createHash } from "node:crypto";
import { checkAddresses } from "../audit/checkAddresses.ts";
import { checkSums } from "../audit/checkEpochs.ts";
import { checkEscrow } from "../audit/checkEscrow.ts";
import { type Suspicions, suspect } from "../model/suspicion.ts";
import type { Context } from "../operations/context.ts";
import { readCursor } from "../operations/cursor.ts";
import { raiseFinding } from "../operations/findings.ts";
import type { Finding } from "../settlement.ts";

/** Addresses compared in one round; the next round goes on where this one stopped. */
const ADDRESSES_A_ROUND = 200;

export interface Reconciler {
  /** One comparison of ledger, receipts and chain. @throws ChainError when the chain does not answer */
  round(): Promise<Finding[]>;
}

/** The same difference of the same thing is one finding, whatever the numbers of the day are. */
const keyOf = ({ code, detail }: Finding): string =>
  `reconcile:${code}:${createHash("sha256").update(detail).digest("hex").slice(0, 16)}`;

/**
 * Compares what the ledger owes, what receipts say and what the contract holds, read by RPC. A difference that a second look, at a later
 * block, finds again stops settlement; nothing is ever corrected by guess.
 */
export function createReconciler(context: Context): Reconciler {
  let suspicions: Suspicions = new Map();
  let from = 0;

  return {
    async round() {
      const cursor = await readCursor(context.sql);
      if (cursor === null) return [];
      const addresses = await checkAddresses(context, { from, count: ADDRESSES_A_ROUND });
      const checks = [await checkSums(context.sql), await checkEscrow(context), addresses];
      const findings = checks.flatMap((check) => check.findings);
      const next = suspect(suspicions, { block: cursor.blockNumber, findings });
      suspicions = next.suspicions;
      // Those under suspicion are looked at again before others have their turn.
      if (findings.length === 0) from = addresses.next;
      for (const finding of next.confirmed) {
        const { code, detail } = finding;
        await raiseFinding(context.sql, { key: keyOf(finding), code, detail, severity: "halt" });
      }
      return next.confirmed;
    },
  };
}
