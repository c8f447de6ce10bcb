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
/** The newest epochs are added up in every round, as many older ones in turns. */
const EPOCHS_A_ROUND = 10;

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
  let olderFrom = 0;

  async function checkEpochs(): Promise<Finding[]> {
    const [row] = await context.sql<{ last: string | null }[]>`SELECT max(epoch) AS last FROM settlement.epochs`;
    const newest = Math.max(0, Number(row?.last ?? 0) - EPOCHS_A_ROUND);
    if (olderFrom >= newest) olderFrom = 0;
    const windows = [
      { from: newest, to: Number.MAX_SAFE_INTEGER },
      { from: olderFrom, to: Math.min(olderFrom + EPOCHS_A_ROUND, newest) },
    ];
    const checked = await Promise.all(windows.map((window) => checkSums(context.sql, window)));
    const findings = checked.flatMap((check) => check.findings);
    // Receipts that wait are in both windows.
    return [...new Map(findings.map((finding) => [finding.detail, finding])).values()];
  }

  return {
    async round() {
      const cursor = await readCursor(context.sql);
      if (cursor === null) return [];
      const addresses = await checkAddresses(context, { from, count: ADDRESSES_A_ROUND });
      const escrow = await checkEscrow(context);
      const findings = [...(await checkEpochs()), ...escrow.findings, ...addresses.findings];
      const next = suspect(suspicions, { block: cursor.blockNumber, findings });
      suspicions = next.suspicions;
      // Those under suspicion are looked at again before others have their turn.
      if (findings.length === 0) {
        from = addresses.next;
        olderFrom += EPOCHS_A_ROUND;
      }
      for (const finding of next.confirmed) {
        const { code, detail } = finding;
        await raiseFinding(context.sql, { key: keyOf(finding), code, detail, severity: "halt" });
      }
      return next.confirmed;
    },
  };
}
