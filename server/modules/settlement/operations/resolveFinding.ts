import "../errors.ts";
import type { ChainError } from "@farlabs/chain";
import { coded } from "#kernel";
import type { FindingView } from "../settlement.ts";
import type { Context } from "./context.ts";
import { readCursor } from "./cursor.ts";
import { readFindings } from "./readFindings.ts";

/**
 * After a reorganisation below the confirmations the cursor stands on a block that is gone. A person who resolves the finding says that
 * what was applied is still true; the cursor then stands on the block that took its place. Were it not true, the reconciler stops again.
 */
async function standAgain(context: Context): Promise<void> {
  const cursor = await readCursor(context.sql);
  if (cursor === null) return;
  const block = await context.chain.getBlockRef({ number: cursor.blockNumber });
  if (block === undefined) return;
  await context.sql`UPDATE settlement.chain_cursor SET block_hash = ${block.hash} WHERE block_number = ${String(block.number)}`;
}

/**
 * Closes a finding on a person's word. What still is as it was found is found again.
 * @throws finding_not_found, {@link ChainError} when a reorganisation is resolved and the chain cannot be read
 */
export async function resolveFinding(
  context: Context,
  key: string,
  by: { actor: string; reason: string },
): Promise<FindingView> {
  const { sql, clock, log } = context;
  if (key.startsWith("reorg:")) await standAgain(context);
  await sql.begin(async (tx) => {
    const [row] = await tx<{ found_at: Date; detail: string }[]>`
      UPDATE settlement.findings SET resolved_at = ${new Date(clock.now())}
      WHERE key = ${key} AND resolved_at IS NULL RETURNING found_at, detail`;
    if (row === undefined) throw coded("finding_not_found");
    await tx`
      INSERT INTO settlement.finding_resolutions (key, found_at, detail, actor, reason, at)
      VALUES (${key}, ${row.found_at}, ${row.detail}, ${by.actor}, ${by.reason}, ${new Date(clock.now())})`;
  });
  log.warn("a finding was resolved by hand", { key, ...by });
  const [finding] = await readFindings(sql, key);
  if (finding === undefined) throw coded("finding_not_found");
  return finding;
}
