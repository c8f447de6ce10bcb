import type { Tx } from "#platform/pg";
import type { RegistryEvent } from "../doors.ts";
import { executed } from "./cases.ts";
import type { Context } from "./context.ts";
import { type SlashEvent, slashEventOf } from "./slashEvent.ts";
import { step } from "./step.ts";

interface CaseRef {
  id: string;
  node_id: string;
  closed_at: Date | null;
}

/** Mirrors what happened to slashes on chain. Slashes that none of our cases proposed are left to people. */
export async function applyRegistry(context: Pick<Context, "clock">, tx: Tx, heard: RegistryEvent): Promise<void> {
  const event = slashEventOf(heard);
  if (event === null) return;
  if (event.name === "SlashProposed") return proposed(tx, event);
  if (event.name === "SlashCancelled")
    await tx`update trust.strays set cancelled_at = ${new Date(context.clock.now())} where slash_id = ${event.id.toString()}`;
  const [found] = await tx<
    CaseRef[]
  >`select id, node_id, closed_at from trust.cases where slash_id = ${event.id.toString()}`;
  if (found === undefined) return;
  // Node before case, as everywhere, so that no two of these wait for each other.
  await tx`select from trust.nodes where node_id = ${found.node_id} for update`;
  const nodeId = found.node_id;
  const at = new Date(context.clock.now());
  switch (event.name) {
    case "SlashAppealed":
      await tx`update trust.cases set appeal_on_chain = true, appealed_at = ${at}, resolution = null where id = ${found.id}`;
      await step(context, tx, { nodeId, inputs: [{ type: "appeal", onChain: true }] });
      return;
    case "AppealResolved":
      await tx`
        update trust.cases set resolution = ${event.upheld ? "upheld" : "rejected"}, resolved_at = ${at}, executable_at = ${at} where id = ${found.id}`;
      await step(context, tx, { nodeId, inputs: [{ type: "resolve", upheld: event.upheld, onChain: true }] });
      return;
    case "SlashCancelled":
      return cancelled(context, tx, found);
    case "Slashed":
      return executed(context, tx, { caseId: found.id, nodeId, amountWei: event.amount });
  }
}

async function proposed(tx: Tx, event: Extract<SlashEvent, { name: "SlashProposed" }>): Promise<void> {
  const evidence = event.evidence.toLowerCase();
  const id = event.id.toString();
  // Taken back or closed while it was under way: it is cancelled now that its number is known.
  const taken = await tx`
    update trust.cases set slash_id = ${id}, amount = ${event.amount.toString()}, tried_at = null,
      executable_at = ${new Date(1_000 * Number(event.executableAt))},
      wants = case when wants = 'propose' and closed_at is null then null else 'withdraw' end
    where evidence_hash = ${evidence} and slash_id is null returning id`;
  if (taken.length > 0) return;
  await tx`
    insert into trust.strays (slash_id) select ${id}
    where exists (select from trust.cases where evidence_hash = ${evidence} and slash_id <> ${id}) on conflict do nothing`;
}

/** Ours, and expected; or an appeal that nobody decided in time, which ends the case in the owner's favour. */
async function cancelled(context: Pick<Context, "clock">, tx: Tx, found: CaseRef): Promise<void> {
  const [row] = await tx<{ wanted: boolean }[]>`
    update trust.cases c set wants = nullif(c.wants, 'withdraw'), slash_id = null, executable_at = null
    from (select id, wants = 'withdraw' as wanted from trust.cases where id = ${found.id}) old
    where c.id = old.id returning coalesce(old.wanted, false) as wanted`;
  if (row?.wanted === true || found.closed_at !== null) return;
  await step(context, tx, {
    nodeId: found.node_id,
    inputs: [
      { type: "appeal", onChain: true },
      { type: "resolve", upheld: true, onChain: true },
    ],
  });
}
