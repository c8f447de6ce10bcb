import type { Tx } from "#platform/pg";
import { keyText } from "../model/calibration.ts";
import { comparableChecks, type Input, type NodeTrust } from "../model/decide.ts";
import type { Judgement } from "../model/judge.ts";
import { ALPHA_SLASH, observe, rejects } from "../model/sequential.ts";
import type { Context } from "./context.ts";
import { isStrangest } from "./controls.ts";
import { plannedReauditors } from "./reaudits.ts";
import { step } from "./step.ts";

export interface Finished {
  checkId: string;
  nodeId: string;
  manifest: string;
  kind: "score" | "canary" | "reaudit";
  /** Owner that checked; null where the node was only compared with itself. */
  checker: { nodeId: string; owner: string; taskId: string | null } | null;
  judgement: Judgement;
}

/** Is a freeze on for the manifest? */
export async function isFrozen(tx: Tx, manifest: string): Promise<boolean> {
  const rows = await tx`select from trust.freezes where manifest = ${manifest} and ended_at is null`;
  return rows.length > 0;
}

/** Enters a check's result and what it does to the node, in one transaction. The row says what came of it, whatever that is. */
export async function finish(context: Context, done: Finished): Promise<void> {
  const now = new Date(context.clock.now());
  await context.sql.begin(async (tx) => {
    await enter(tx, done, now);
    if (done.judgement.share === null) return;
    const held = (await isFrozen(tx, done.manifest)) || !(await isStrangestOf(context, tx, done));
    const owners = done.kind === "reaudit" ? ((await plannedReauditors(tx, done.nodeId))?.length ?? 0) : 0;
    const input = inputOf(done, { held, owners, atMs: now.getTime() });
    const stepped = await step(context, tx, { nodeId: done.nodeId, inputs: [input] });
    const against = stepped?.against ?? 0;
    await tx`update trust.checks set against = ${against > 0} where id = ${done.checkId}`;
    await tx`
      insert into trust.measures as m (node_id, hour, checks, against)
      values (${done.nodeId}, date_trunc('hour', ${now}::timestamptz, 'UTC'), 1, ${against})
      on conflict (node_id, hour) do update set checks = m.checks + 1, against = m.against + excluded.against`;
  });
}

async function enter(tx: Tx, { checkId, checker, judgement }: Finished, now: Date): Promise<void> {
  const statistics = judgement.views.map((v) => ({ key: keyText(v.key), statistic: v.statistic }));
  const undecided = judgement.views.length === 0 ? "too_short" : "not_calibrated";
  await tx`
    update trust.checks set status = 'done', checker_node = ${checker?.nodeId ?? null}, checker_owner = ${checker?.owner ?? null},
      check_task = ${checker?.taskId ?? null}, statistics = ${JSON.stringify(statistics)}::text::json, share = ${judgement.share},
      factor = ${judgement.factor}, reason = ${judgement.share === null ? undecided : null}, finished_at = ${now}
    where id = ${checkId}`;
}

/** Asked only where the answer can matter: of a node that is watched, or is about to be. */
async function isStrangestOf(context: Context, tx: Tx, done: Finished): Promise<boolean> {
  const [row] = await tx<{ state: NodeTrust; owner_wallet: string; model: string }[]>`
    select n.state, n.owner_wallet, c.model from trust.nodes n join trust.checks c on c.id = ${done.checkId}
    where n.node_id = ${done.nodeId}`;
  if (row === undefined || row.state.standing !== "watched") return false;
  if (!rejects(observe(row.state.answers, done.judgement.factor), ALPHA_SLASH)) return false;
  const { nodeId, manifest } = done;
  const checks = comparableChecks(row.state) + 1;
  return isStrangest(context, tx, { nodeId, owner: row.owner_wallet, model: row.model, manifest, checks });
}

function inputOf({ kind, checker, judgement }: Finished, at: { held: boolean; owners: number; atMs: number }): Input {
  const { factor } = judgement;
  if (kind === "reaudit") return { type: "reaudit", factor, checker: checker?.owner ?? "", owners: at.owners };
  return { type: "answer", factor, checker: checker?.owner ?? null, frozen: at.held, atMs: at.atMs };
}
