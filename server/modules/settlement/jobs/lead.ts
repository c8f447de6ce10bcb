import { writeEpochFiles } from "../files/writeEpochFiles.ts";
import { refreshCapacity } from "../operations/capacity.ts";
import type { Context } from "../operations/context.ts";
import { haltedBy } from "../operations/findings.ts";
import { listen } from "./listen.ts";
import { settle } from "./settle.ts";

/** Any constant: one leader at a time per database. */
const LOCK = 7_216_002;

/**
 * One round of listener and settler, if no other process is at it. The lock belongs to a transaction that does nothing else, so it ends with
 * its connection, works through a pooler, and holds back no vacuum. Were it lost in mid-round, a second leader would do no harm: events are
 * applied once by key, one epoch is in flight by index, and the contract takes each epoch number once.
 * @returns false when another process leads or settlement has stopped
 * @throws ChainError when the chain does not answer
 */
export async function lead(context: Context): Promise<boolean> {
  const { sql } = context;
  return (await sql.begin(async (tx) => {
    const [row] = await tx<{ won: boolean }[]>`SELECT pg_try_advisory_xact_lock(${LOCK}) AS won`;
    if (row?.won !== true) return false;
    if ((await haltedBy(sql)) !== null) return false;
    await listen(context);
    if ((await haltedBy(sql)) !== null) return false;
    await settle(context);
    await refreshCapacity(context);
    await writeEpochFiles(context);
    return true;
  })) as boolean;
}
