import type { Tx } from "#platform/pg";
import { keyText } from "../model/calibration.ts";
import type { Input } from "../model/decide.ts";
import type { Judgement } from "../model/judge.ts";
import type { Context } from "./context.ts";
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
  const { judgement } = done;
  const now = new Date(context.clock.now());
  await context.sql.begin(async (tx) => {
    const decided = judgement.share !== null;
    let against = 0;
    if (decided) {
      const frozen = await isFrozen(tx, done.manifest);
      const stepped = await step(context, tx, { nodeId: done.nodeId, inputs: [inputOf(done, frozen, now.getTime())] });
      against = stepped?.against ?? 0;
      await tx`
        insert into trust.measures as m (node_id, hour, checks, against)
        values (${done.nodeId}, date_trunc('hour', ${now}::timestamptz, 'UTC'), 1, ${against})
        on conflict (node_id, hour) do update set checks = m.checks + 1, against = m.against + excluded.against`;
    }
    const statistics = judgement.views.map((v) => ({ key: keyText(v.key), statistic: v.statistic }));
    await tx`
      update trust.checks set status = 'done', checker_node = ${done.checker?.nodeId ?? null}, checker_owner = ${done.checker?.owner ?? null},
        check_task = ${done.checker?.taskId ?? null}, statistics = ${JSON.stringify(statistics)}::text::json, share = ${judgement.share},
        factor = ${judgement.factor}, against = ${decided ? against > 0 : null},
        reason = ${decided ? null : judgement.views.length === 0 ? "too_short" : "not_calibrated"}, finished_at = ${now}
      where id = ${done.checkId}`;
  });
}

function inputOf({ kind, checker, judgement }: Finished, frozen: boolean, atMs: number): Input {
  const { factor } = judgement;
  return kind === "reaudit"
    ? { type: "reaudit", factor }
    : { type: "answer", factor, checker: checker?.owner ?? null, frozen, atMs };
}
