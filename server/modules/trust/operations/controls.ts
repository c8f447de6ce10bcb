import type { Sql, Tx } from "#platform/pg";
import { COMPARED_MAX, CONTROL_CHECKS, type ControlCheck, isStranger } from "../model/control.ts";
import type { Context } from "./context.ts";
import { manifestOf } from "./offers.ts";

interface NodeRef {
  nodeId: string;
  owner: string;
  model: string;
  manifest: string;
  /** Checks since the node's evidence began. */
  checks: number;
}

/** Whether the node's answers are stranger than those of other owners' nodes of its manifest were in the same time. */
export async function isStrangest({ nodes }: Pick<Context, "nodes">, tx: Tx, node: NodeRef): Promise<boolean> {
  const decided = tx`manifest = ${node.manifest} and status = 'done' and share is not null and kind in ('score', 'canary')`;
  const own = await tx<{ factor: number; finished_at: Date }[]>`
    select factor, finished_at from trust.checks where node_id = ${node.nodeId} and ${decided}
    order by finished_at desc, id desc limit ${Math.min(COMPARED_MAX, node.checks)}`;
  const since = own.at(-1)?.finished_at;
  if (since === undefined) return false;
  const others = await tx<ControlCheck[]>`
    select owner_wallet as owner, factor from trust.checks
    where owner_wallet <> ${node.owner} and finished_at >= ${since} and ${decided} order by finished_at desc, id desc limit ${2 * COMPARED_MAX}`;
  const owners = [...nodes.live().values()]
    .filter(
      (n) => n.ownerWallet !== node.owner && manifestOf(n, node.model) === node.manifest && n.offers.has(node.model),
    )
    .map((n) => n.ownerWallet);
  return isStranger(
    own.map((c) => c.factor),
    others,
    new Set(owners).size,
  );
}

/** Where nodes are to be checked more, because another owner's node is watched and has no control group yet. */
export interface Alarms {
  isAlarmed(node: { owner: string; manifest: string }): boolean;
  reload(): Promise<void>;
}

export function createAlarms({ sql }: { sql: Sql }): Alarms {
  let alarms: { owner: string; manifest: string }[] = [];
  return {
    isAlarmed: ({ owner, manifest }) => alarms.some((a) => a.owner !== owner && a.manifest === manifest),
    async reload() {
      alarms = await sql<{ owner: string; manifest: string }[]>`
        with own as (
          select n.node_id, n.owner_wallet, c.manifest, min(c.finished_at) as since, count(*) as checks from trust.nodes n
          join lateral (
            select manifest, finished_at from trust.checks
            where node_id = n.node_id and status = 'done' and share is not null and kind in ('score', 'canary')
            order by finished_at desc limit least(${COMPARED_MAX}::int, greatest(1, (n.state->'answers'->>'checks')::int))) c on true
          where n.standing = 'watched' and n.state->>'reaudit' is null
          group by n.node_id, n.owner_wallet, c.manifest)
        select owner_wallet as owner, manifest from own
        where (select count(*) from trust.checks o
               where o.manifest = own.manifest and o.owner_wallet <> own.owner_wallet and o.status = 'done' and o.share is not null
                 and o.kind in ('score', 'canary') and o.finished_at >= own.since) < greatest(${CONTROL_CHECKS}::bigint, own.checks)`;
    },
  };
}
