/**
 * Signs receipts after their commit, so that no task waits for a signature. A commit's leaves are *unsigned* (no batch) → *signed*, once:
 * the batch and its commits' mark are one transaction, and whoever signs holds the commits' rows, so many signers share the work and a
 * dead one leaves it to the next.
 */
import { type Tx, textArray } from "#platform/pg";
import { merkleRoot } from "../model/merkle.ts";
import type { Context } from "../operations/context.ts";
import { splitLeaves } from "./leaves.ts";

/** Commits in one batch; bounds the tree that one signature waits for. */
const COMMITS_MAX = 256;

interface Unsigned {
  id: string;
  leaves: Buffer;
}
export type SignContext = Pick<Context, "sql" | "chain" | "signer" | "clock">;

async function signRows({ chain, signer, clock }: SignContext, tx: Tx, rows: readonly Unsigned[]): Promise<void> {
  const leaves = rows.flatMap((row) => splitLeaves(row.leaves));
  const batch = { root: await merkleRoot(leaves), count: leaves.length, signedAtS: Math.floor(clock.now() / 1000) };
  const signed = await chain.signReceiptBatch({ batch, signer });
  await tx`
    WITH b AS (
      INSERT INTO settlement.receipt_batches (root, count, signed_at, chain_id, contract, signer, signature)
      VALUES (${batch.root}, ${batch.count}, ${batch.signedAtS}, ${chain.chainId},
        ${chain.contracts.inferencePayment.toLowerCase()}, ${signed.signer}, ${signed.signature}) RETURNING id)
    UPDATE settlement.receipt_commits SET batch = b.id FROM b
    WHERE receipt_commits.id = ANY(${textArray(rows.map((row) => row.id))}::bigint[])`;
}

/**
 * One batch of what nobody has signed or is signing.
 * @returns how many commits it covers
 */
export async function signBatch(context: SignContext): Promise<number> {
  return (await context.sql.begin(async (tx) => {
    const rows = await tx<Unsigned[]>`
      SELECT id, leaves FROM settlement.receipt_commits WHERE batch IS NULL
      ORDER BY id LIMIT ${COMMITS_MAX} FOR UPDATE SKIP LOCKED`;
    if (rows.length > 0) await signRows(context, tx, rows);
    return rows.length;
  })) as number;
}

/** Sees to it that some commits are signed; waits for whoever is at it. */
export async function signCommits(context: SignContext, commitIds: readonly string[]): Promise<void> {
  const ids = textArray(commitIds);
  await context.sql.begin(async (tx) => {
    const rows = await tx<Unsigned[]>`
      SELECT id, leaves FROM settlement.receipt_commits WHERE id = ANY(${ids}::bigint[]) AND batch IS NULL
      ORDER BY id FOR UPDATE`;
    if (rows.length > 0) await signRows(context, tx, rows);
  });
}
