import { coded } from "#kernel";
import { canAppeal, type NodeTrust } from "../model/decide.ts";
import type { Context } from "./context.ts";
import { step } from "./step.ts";

/** @throws node_not_scored for a node that is not the account's */
export async function ownedState({ sql }: Pick<Context, "sql">, accountId: string, nodeId: string): Promise<NodeTrust> {
  const [row] = await sql<{ state: NodeTrust }[]>`
    select state from trust.nodes where node_id = ${nodeId} and owner_account = ${accountId}`;
  if (row === undefined) throw coded("node_not_scored", { message: "No such node of this account has been seen." });
  return row.state;
}

/**
 * The owner's appeal, with its text; it holds the slash until a person has decided.
 * @throws node_not_scored, no_open_case, appeal_already_decided
 */
export async function appeal(
  context: Context,
  { accountId, nodeId, text }: { accountId: string; nodeId: string; text: string },
): Promise<{ caseId: string }> {
  await ownedState(context, accountId, nodeId);
  return (await context.sql.begin(async (tx) => {
    const [node] = await tx<{ state: NodeTrust }[]>`select state from trust.nodes where node_id = ${nodeId} for update`;
    const open = node?.state.reaudit;
    if (node === undefined || open === undefined || open === null || node.state.standing === "appealed")
      throw coded("no_open_case");
    if (!canAppeal(node.state)) throw coded("appeal_already_decided");
    const [row] = await tx<{ id: string }[]>`
      update trust.cases set appeal = ${text}, appealed_at = ${new Date(context.clock.now())}, appeal_on_chain = false
      where node_id = ${nodeId} and closed_at is null returning id`;
    await step(context, tx, { nodeId, inputs: [{ type: "appeal", onChain: false }] });
    return { caseId: row?.id ?? "" };
  })) as { caseId: string };
}

/**
 * A person's decision about an appeal made through us.
 * @throws slash_not_found, appeal_not_open, appeal_is_on_chain
 */
export async function resolveAppeal(
  context: Context,
  { caseId, upheld, note }: { caseId: string; upheld: boolean; note: string },
): Promise<void> {
  await context.sql.begin(async (tx) => {
    const [row] = await tx<
      { node_id: string; appeal_on_chain: boolean; standing: string; closed_at: Date | null; wants: string | null }[]
    >`
      select c.node_id, c.wants, c.appeal_on_chain, n.standing, c.closed_at from trust.cases c join trust.nodes n using (node_id)
      where c.id = ${caseId} for update of n`;
    if (row === undefined) throw coded("slash_not_found");
    if (row.closed_at !== null || row.standing !== "appealed") throw coded("appeal_not_open");
    if (row.appeal_on_chain) throw coded("appeal_is_on_chain");
    // Proposed again before the first is gone, both would stand.
    if (!upheld && row.wants !== null)
      throw coded("appeal_not_open", {
        message: "The proposal is still being taken back on chain; decide again in a moment.",
        retryAfterS: 30,
      });
    await tx`
      update trust.cases set resolution = ${upheld ? "upheld" : "rejected"}, resolution_note = ${note}, resolved_at = ${new Date(context.clock.now())}
      where id = ${caseId}`;
    await step(context, tx, { nodeId: row.node_id, inputs: [{ type: "resolve", upheld, onChain: false }] });
  });
}
