import { newId } from "#kernel";
import type { Tx } from "#platform/pg";
import { decide, type Effect, type Input, type NodeTrust } from "../model/decide.ts";
import type { Context } from "./context.ts";

export interface Stepped {
  state: NodeTrust;
  /** Of the inputs, those that count against the node's accuracy. */
  against: number;
}

/**
 * Runs the node's state machine over some inputs, in the caller's transaction and under the row's lock, and carries out in the tables what it
 * asks for. What must be told to others (nodes, chain) follows from the rows, so a crash loses nothing.
 * @returns null for a node that is not known
 */
export async function step(
  context: Pick<Context, "clock">,
  tx: Tx,
  { nodeId, inputs }: { nodeId: string; inputs: readonly Input[] },
): Promise<Stepped | null> {
  const [row] = await tx<{ state: NodeTrust; owner_account: string; owner_wallet: string }[]>`
    select state, owner_account, owner_wallet from trust.nodes where node_id = ${nodeId} for update`;
  if (row === undefined) return null;
  let state = row.state;
  let against = 0;
  const effects: Effect[] = [];
  for (const input of inputs) {
    const next = decide(state, input);
    state = next.state;
    effects.push(...next.effects);
    if (next.against) against += 1;
  }
  await tx`
    update trust.nodes set state = ${JSON.stringify(state)}::text::json, standing = ${state.standing} where node_id = ${nodeId}`;
  const node = { nodeId, ownerAccount: row.owner_account, ownerWallet: row.owner_wallet };
  for (const effect of effects) await carryOut(tx, node, { effect, at: new Date(context.clock.now()) });
  return { state, against };
}

interface NodeRef {
  nodeId: string;
  ownerAccount: string;
  ownerWallet: string;
}

async function carryOut(tx: Tx, node: NodeRef, { effect, at }: { effect: Effect; at: Date }): Promise<void> {
  switch (effect.type) {
    case "watch":
    case "restore":
      return;
    case "suspend":
      await tx`
        insert into trust.cases (id, node_id, owner_account, owner_wallet, opened_at, reason)
        values (${newId("case")}, ${node.nodeId}, ${node.ownerAccount}, ${node.ownerWallet}, ${at}, 'answers_mismatch')`;
      return;
    case "propose":
      await tx`
        update trust.cases set wants = 'propose', wants_since = ${at}, tried_at = null, slash_id = null, executable_at = null,
          evidence = null, evidence_hash = null, proposals = proposals + 1
        where node_id = ${node.nodeId} and closed_at is null`;
      return;
    case "withdraw":
      // What was never sent needs no taking back.
      await tx`
        update trust.cases set wants = case when slash_id is null and tried_at is null then null else 'withdraw' end, wants_since = ${at}
        where node_id = ${node.nodeId} and closed_at is null`;
      return;
    case "close":
      await tx`
        update trust.cases set closed_at = ${at}, outcome = ${effect.outcome}, wants = nullif(wants, 'propose')
        where node_id = ${node.nodeId} and closed_at is null`;
  }
}
