import type { RootFrame } from "@farlabs/protocol";
import { numberArray, textArray } from "#platform/pg";
import type { Context } from "../operations/context.ts";
import { type BoundNode, isSigned } from "./nodeStatement.ts";

/**
 * Keeps what a node signed, with the binding of its key. What is said twice is kept twice; the first that fits is shown.
 * @returns false for what its session key did not sign
 */
export async function keepRoot(
  { sql, chain, clock }: Pick<Context, "sql" | "chain" | "clock">,
  bound: BoundNode,
  frame: RootFrame,
): Promise<boolean> {
  if (!(await isSigned(bound, frame, chain.chainId))) return false;
  const { nodeId, nodeKey, network, session } = bound;
  const { leaves } = frame;
  await sql.begin(async (tx) => {
    await tx`
      INSERT INTO settlement.node_sessions (node_id, session_key, node_key, network, chain_id, valid_from, signature)
      VALUES (${nodeId}, ${session.key}, ${nodeKey}, ${network}, ${chain.chainId}, ${session.validFrom}, ${session.signature})
      ON CONFLICT DO NOTHING`;
    await tx`
      INSERT INTO settlement.node_roots
        (node_id, session_key, root, signed_at, signature, task_ids, attempts, output_hashes, tokens, received_at)
      VALUES (${nodeId}, ${session.key}, ${frame.root}, ${frame.at}, ${frame.signature},
        ${textArray(leaves.map((l) => l.taskId))}::text[], ${numberArray(leaves.map((l) => l.attempt))}::int[],
        ${textArray(leaves.map((l) => l.outputHash))}::text[], ${numberArray(leaves.map((l) => l.tokens))}::bigint[],
        ${new Date(clock.now())})`;
  });
  return true;
}
