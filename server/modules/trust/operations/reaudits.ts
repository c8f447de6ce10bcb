import { newId } from "#kernel";
import type { Tx } from "#platform/pg";
import { type NodeTrust, REAUDIT_CHECKS_MAX, reauditors } from "../model/decide.ts";
import type { Context } from "./context.ts";
import { isReachable, manifestOf, scorersOf } from "./offers.ts";
import { step } from "./step.ts";

/**
 * For every open case: ends what took too long, chooses once who repeats the audit, and lets each of them read the node's kept answers again, the
 * newest first and whatever the first checker made of them.
 */
export async function moveReaudits(context: Context): Promise<void> {
  const { sql, clock } = context;
  const now = new Date(clock.now());
  const rows = await sql<{ node_id: string }[]>`select node_id from trust.nodes where standing = 'suspended'`;
  for (const { node_id } of rows) {
    await sql.begin(async (tx) => {
      const ticked = await step(context, tx, { nodeId: node_id, inputs: [{ type: "tick", atMs: now.getTime() }] });
      const open = ticked?.state.reaudit;
      if (ticked === null || open === undefined || open === null || open.confirmed) return;
      const owners =
        (await plannedReauditors(tx, node_id)) ?? (await plan(context, tx, { nodeId: node_id, state: ticked.state }));
      const since = new Date(open.sinceMs);
      let ordered = 0;
      for (const owner of owners) ordered += await order(tx, { nodeId: node_id, owner, since, now });
      if (ordered === 0 && (await isRead(tx, node_id, since)))
        await step(context, tx, { nodeId: node_id, inputs: [{ type: "exhausted" }] });
    });
  }
}

/** Owners that repeat the audit of the node's open case; null before they were chosen. */
export async function plannedReauditors(tx: Tx, nodeId: string): Promise<string[] | null> {
  const [row] = await tx<{ reauditors: string[] | null }[]>`
    select reauditors from trust.cases where node_id = ${nodeId} and closed_at is null`;
  return row?.reauditors ?? null;
}

/** The least involved owners of the manifests that were checked: those who can score, or where nobody can, those whose answers compare. */
async function plan(
  context: Context,
  tx: Tx,
  { nodeId, state }: { nodeId: string; state: NodeTrust },
): Promise<string[]> {
  const manifests = await tx<{ model: string; manifest: string; owner: string }[]>`
    select distinct model, manifest, owner_wallet as owner from trust.checks
    where node_id = ${nodeId} and status = 'done' and share is not null and kind in ('score', 'canary')`;
  const good = await tx<{ node_id: string }[]>`select node_id from trust.nodes where standing = 'good'`;
  const standing = new Set(good.map((g) => g.node_id));
  const live = [...context.nodes.live().values()];
  const scorers = manifests.flatMap((m) => scorersOf(context, m));
  const others = live.filter((n) => isReachable(n) && manifests.some((m) => manifestOf(n, m.model) === m.manifest));
  const able = (scorers.length > 0 ? scorers : others).filter((n) => standing.has(n.nodeId));
  const owners = reauditors(
    state,
    manifests[0]?.owner ?? "",
    able.map((n) => n.ownerWallet),
  );
  if (owners.length > 0)
    await tx`
      update trust.cases set reauditors = ${JSON.stringify(owners)}::text::json where node_id = ${nodeId} and closed_at is null`;
  return owners;
}

/** Whether every answer that was put before somebody has been read. Where none was kept, canaries repeat the audit, and there is no end to read to. */
async function isRead(tx: Tx, nodeId: string, since: Date): Promise<boolean> {
  const [row] = await tx<{ done: number; open: number }[]>`
    select count(*) filter (where status = 'done')::int as done, count(*) filter (where status in ('pending', 'running'))::int as open
    from trust.checks where node_id = ${nodeId} and kind = 'reaudit' and created_at >= ${since}`;
  return row !== undefined && row.done > 0 && row.open === 0;
}

/** Puts the kept answers before one owner, each once. @returns how many */
async function order(
  tx: Tx,
  { nodeId, owner, since, now }: { nodeId: string; owner: string; since: Date; now: Date },
): Promise<number> {
  const kept = await tx<{ id: string }[]>`
    select c.id from trust.checks c join trust.evidence e on e.check_id = c.id
    where c.node_id = ${nodeId} and c.kind = 'score' and e.expires_at > ${now}
      and not exists (select from trust.checks r where r.of_check = c.id and r.checker_owner = ${owner} and r.created_at >= ${since})
    order by c.created_at desc, c.id desc
    limit greatest(0, ${REAUDIT_CHECKS_MAX} - (select count(*) from trust.checks r
                      where r.node_id = ${nodeId} and r.kind = 'reaudit' and r.checker_owner = ${owner} and r.created_at >= ${since})::int)`;
  for (const { id } of kept)
    await tx`
      insert into trust.checks (id, kind, status, node_id, owner_wallet, task_id, model, manifest, hardware, checker_owner, of_check, not_before, created_at)
      select ${newId("check")}, 'reaudit', 'pending', node_id, owner_wallet, task_id, model, manifest, hardware, ${owner}, id, ${now}, ${now}
      from trust.checks where id = ${id}`;
  return kept.length;
}
