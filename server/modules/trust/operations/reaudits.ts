import { newId } from "#kernel";
import { REAUDIT_CHECKS_MAX } from "../model/decide.ts";
import type { Context } from "./context.ts";
import { step } from "./step.ts";

/**
 * For every open case: ends what took too long, and lets another checker read the node's kept answers again, the newest first and whatever the
 * first checker made of them.
 */
export async function moveReaudits(context: Context): Promise<void> {
  const { sql, clock } = context;
  const now = new Date(clock.now());
  const rows = await sql<{ node_id: string }[]>`select node_id from trust.nodes where standing = 'suspended'`;
  for (const { node_id } of rows) {
    await sql.begin(async (tx) => {
      const ended = await step(context, tx, { nodeId: node_id, inputs: [{ type: "tick", atMs: now.getTime() }] });
      const open = ended?.state.reaudit;
      if (open === undefined || open === null || open.confirmed) return;
      const opened = new Date(open.sinceMs);
      const kept = await tx<{ id: string }[]>`
        select c.id from trust.checks c join trust.evidence e on e.check_id = c.id
        where c.node_id = ${node_id} and c.kind = 'score' and e.expires_at > ${now}
          and not exists (select from trust.checks r where r.of_check = c.id and r.created_at >= ${opened})
        order by c.created_at desc
        limit greatest(0, ${REAUDIT_CHECKS_MAX} - (select count(*) from trust.checks r
                          where r.node_id = ${node_id} and r.kind = 'reaudit' and r.created_at >= ${opened})::int)`;
      for (const { id } of kept)
        await tx`
          insert into trust.checks (id, kind, status, node_id, owner_wallet, task_id, model, manifest, hardware, of_check, not_before, created_at)
          select ${newId("check")}, 'reaudit', 'pending', node_id, owner_wallet, task_id, model, manifest, hardware, id, ${now}, ${now}
          from trust.checks where id = ${id}`;
    });
  }
}
