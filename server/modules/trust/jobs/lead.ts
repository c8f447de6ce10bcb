import { moveCases } from "../operations/cases.ts";
import type { Context } from "../operations/context.ts";
import { reviewFreezes } from "../operations/freezes.ts";
import { moveReaudits } from "../operations/reaudits.ts";
import { scoreHours } from "../operations/scoreHours.ts";
import { sweep } from "../operations/sweep.ts";
import { tellNodes } from "../operations/tellNodes.ts";

/** Any constant: one leader at a time per database. */
const LOCK = 7_216_003;

/**
 * One round of what only one process does. The lock belongs to a transaction that does nothing else; were it lost in mid-round, a second leader
 * would do no harm, since each step is idempotent by its rows, but for a proposal sent twice, which is cancelled when it is heard of.
 * @returns false when another process leads
 */
export async function lead(context: Context): Promise<boolean> {
  return (await context.sql.begin(async (tx) => {
    const [row] = await tx<{ won: boolean }[]>`select pg_try_advisory_xact_lock(${LOCK}) as won`;
    if (row?.won !== true) return false;
    await scoreHours(context);
    await reviewFreezes(context);
    await moveReaudits(context);
    await tellNodes(context);
    await moveCases(context);
    await sweep(context);
    return true;
  })) as boolean;
}
