import { booleanArray, textArray } from "#platform/pg";
import { NEW_NODE, type NodeTrust, type Standing } from "../model/decide.ts";
import { SCORE_FIRST } from "../model/score.ts";
import type { Context } from "./context.ts";
import type { Measures } from "./measures.ts";

/** A node that was not seen for so long has left; its absence is measured no more. */
const LEFT_AFTER_MS = 24 * 3_600_000;
/** After a start every agent has this long to come back before it counts as absent. */
const RETURN_MS = 60_000;

export interface Known {
  owner: string;
  standing: Standing;
  /** Decided checks of its answers. */
  checks: number;
  score: number;
  earnedUserWei: bigint;
  canariesCostWei: bigint;
  lastSeenMs: number;
  away: boolean;
}

/** The nodes that are known, in memory, and their presence. */
export interface Roster {
  get(nodeId: string): Known | undefined;
  all(): ReadonlyMap<string, Known>;
  /** Enters nodes seen for the first time and reads what other processes or jobs changed. */
  reload(): Promise<void>;
  /** Measures who was there since the last call; says so to the table at every `reload`. */
  observe(): void;
}

interface Row {
  node_id: string;
  owner_wallet: string;
  standing: Standing;
  state: NodeTrust;
  score: string;
  earned_user: string;
  canaries_cost: string;
  last_seen: Date;
  away: boolean;
}

export function createRoster(context: Context, measures: Measures): Roster {
  const { sql, clock, nodes } = context;
  const known = new Map<string, Known>();
  const seen = new Map<string, boolean>();
  const startedMs = clock.monotonic();
  let observedMs = startedMs;

  async function enter(): Promise<void> {
    const fresh = [...nodes.live().values()].filter((n) => !known.has(n.nodeId));
    if (fresh.length === 0) return;
    await sql`
      insert into trust.nodes (node_id, owner_account, owner_wallet, score, state, first_seen, last_seen)
      select node_id, account, wallet, ${SCORE_FIRST}, ${JSON.stringify(NEW_NODE)}::text::json, ${new Date(clock.now())}, ${new Date(clock.now())}
      from unnest(${textArray(fresh.map((n) => n.nodeId))}::text[], ${textArray(fresh.map((n) => n.ownerAccount))}::text[],
                  ${textArray(fresh.map((n) => n.ownerWallet))}::text[]) as n(node_id, account, wallet)
      on conflict (node_id) do nothing`;
  }

  async function tell(): Promise<void> {
    const rows = [...seen];
    seen.clear();
    if (rows.length === 0) return;
    await sql`
      update trust.nodes n set last_seen = ${new Date(clock.now())}, away = s.away
      from unnest(${textArray(rows.map(([id]) => id))}::text[], ${booleanArray(rows.map(([, away]) => away))}::bool[]) as s(node_id, away)
      where n.node_id = s.node_id`;
  }

  return {
    get: (nodeId) => known.get(nodeId),
    all: () => known,
    async reload() {
      await tell();
      await enter();
      const rows = await sql<Row[]>`
        select node_id, owner_wallet, standing, state, score, earned_user, canaries_cost, last_seen, away from trust.nodes
        where last_seen > ${new Date(clock.now() - LEFT_AFTER_MS)} or standing <> 'good'`;
      known.clear();
      for (const row of rows) known.set(row.node_id, toKnown(row));
    },
    observe() {
      const now = clock.monotonic();
      const passedMs = Math.round(now - observedMs);
      observedMs = now;
      if (passedMs <= 0) return;
      const live = nodes.live();
      for (const [nodeId, node] of known) {
        const present = live.get(nodeId);
        if (present !== undefined && present.link !== null) {
          node.away = present.draining || present.status === "maintenance";
          node.lastSeenMs = clock.now();
          seen.set(nodeId, node.away);
          measures.add(nodeId, node.away ? { excusedMs: passedMs } : { onlineMs: passedMs });
        } else if (clock.now() - node.lastSeenMs < LEFT_AFTER_MS && now - startedMs > RETURN_MS) {
          measures.add(nodeId, node.away ? { excusedMs: passedMs } : { absentMs: passedMs });
        }
      }
    },
  };
}

const toKnown = (row: Row): Known => ({
  owner: row.owner_wallet,
  standing: row.standing,
  checks: row.state.checks,
  score: Number(row.score),
  earnedUserWei: BigInt(row.earned_user),
  canariesCostWei: BigInt(row.canaries_cost),
  lastSeenMs: row.last_seen.getTime(),
  away: row.away,
});
