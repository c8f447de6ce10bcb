import type { Tx } from "#platform/pg";
import { COMPARED_MAX, type ControlCheck, isStranger, wantsControls } from "../model/control.ts";
import { comparableChecks, type NodeTrust } from "../model/decide.ts";
import type { Context } from "./context.ts";
import { manifestOf } from "./offers.ts";

interface NodeRef {
  nodeId: string;
  owner: string;
  model: string;
  manifest: string;
  /** Of its newest checks those that are compared. */
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

/** Counting is not free where many nodes are watched at once. */
const RELOAD_MS = 15_000;

interface Watched {
  node_id: string;
  owner: string;
  state: NodeTrust;
}

export function createAlarms({ sql, clock }: Pick<Context, "sql" | "clock">): Alarms {
  let alarms: { owner: string; manifest: string }[] = [];
  let reloadedMs = Number.NEGATIVE_INFINITY;

  /** Manifests in which a watched node still lacks checks of others to be compared with. */
  async function wanting({ node_id, owner, state }: Watched): Promise<{ owner: string; manifest: string }[]> {
    const comparable = Math.min(COMPARED_MAX, comparableChecks(state));
    const own = await sql<{ manifest: string; finished_at: Date }[]>`
      select manifest, finished_at from trust.checks
      where node_id = ${node_id} and status = 'done' and share is not null and kind in ('score', 'canary')
      order by finished_at desc, id desc limit ${Math.max(1, comparable)}`;
    const found: { owner: string; manifest: string }[] = [];
    for (const manifest of new Set(own.map((c) => c.manifest))) {
      const mine = own.filter((c) => c.manifest === manifest);
      const since = comparable === 0 ? new Date(clock.now()) : mine.at(-1)?.finished_at;
      const [others] = await sql<{ checks: number }[]>`
        select count(*)::int as checks from trust.checks
        where manifest = ${manifest} and owner_wallet <> ${owner} and status = 'done' and share is not null and kind in ('score', 'canary')
          and finished_at >= ${since ?? new Date(clock.now())}`;
      if (wantsControls(mine.length, others?.checks ?? 0)) found.push({ owner, manifest });
    }
    return found;
  }

  return {
    isAlarmed: ({ owner, manifest }) => alarms.some((a) => a.owner !== owner && a.manifest === manifest),
    async reload() {
      if (clock.monotonic() - reloadedMs < RELOAD_MS) return;
      reloadedMs = clock.monotonic();
      const watched = await sql<Watched[]>`
        select node_id, owner_wallet as owner, state from trust.nodes where standing = 'watched' limit 1000`;
      const found: typeof alarms = [];
      for (const node of watched) found.push(...(await wanting(node)));
      alarms = found;
    },
  };
}
