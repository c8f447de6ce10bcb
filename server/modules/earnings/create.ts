import type { NodeEarningRow, NodeEarnings, Page } from "@farlabs/protocol";
import { type Clock, coded } from "#kernel";
import type { Nodes } from "#nodes";
import { CSV_HEAD, csvLine } from "./csv.ts";
import {
  CSV_ROWS_MAX,
  type EarnedPart,
  type Earnings,
  type EarningsSources,
  type Mark,
  type UnpaidAttempt,
} from "./earnings.ts";
import { earningsArea } from "./http/area.ts";
import { reasonOf } from "./model/reasons.ts";

const CSV_PAGE = 500;
/** Unpaid attempts are counted over this time. */
const COUNTED_MS = 30 * 86_400_000;
const NOTHING = { paid: "0", claimable: "0", pending: "0", held: "0", held_pending: "0" };

export interface EarningsDeps {
  nodes: Pick<Nodes, "info">;
  sources: EarningsSources;
  clock: Clock;
}

type Row = { mark: Mark; row: NodeEarningRow };

const markOf = ({ atMs, taskId, attempt }: Mark): Mark => ({ atMs, taskId, attempt });

/** Newest first; of one moment the later id, of one task the later attempt. */
function newerFirst({ mark: a }: Row, { mark: b }: Row): number {
  if (a.atMs !== b.atMs) return b.atMs - a.atMs;
  if (a.taskId !== b.taskId) return a.taskId < b.taskId ? 1 : -1;
  return b.attempt - a.attempt;
}

function stateOf(part: EarnedPart): NodeEarningRow["state"] {
  if (part.txHash === null) return "pending";
  return part.held ? "held" : "settled";
}

function earnedRow(part: EarnedPart, dueAt: string | null): Row {
  const state = stateOf(part);
  const row: NodeEarningRow = {
    ...{ task_id: part.taskId, attempt: part.attempt, at: new Date(part.atMs).toISOString(), model: part.model },
    ...{ tokens: part.tokens, amount: part.amountWei.toString(), state },
    ...{ epoch: part.epoch, transaction_hash: part.txHash },
    due_at: state === "pending" ? dueAt : null,
    reason: null,
  };
  return { mark: markOf(part), row };
}

function unpaidRow(attempt: UnpaidAttempt): Row {
  const row: NodeEarningRow = {
    ...{ task_id: attempt.taskId, attempt: attempt.attempt, at: new Date(attempt.atMs).toISOString() },
    ...{ model: attempt.model, tokens: 0, amount: "0", state: "unpaid" },
    ...{ epoch: null, transaction_hash: null, due_at: null },
    reason: { code: attempt.reason, ...reasonOf(attempt.reason) },
  };
  return { mark: markOf(attempt), row };
}

const encodeMark = ({ atMs, taskId, attempt }: Mark): string => `${atMs}.${attempt}.${taskId}`;

function parseMark(cursor: string | undefined): Mark | null {
  if (cursor === undefined) return null;
  const match = /^(\d{1,15})\.(\d{1,4})\.(\w{1,128})$/.exec(cursor);
  if (match?.[3] === undefined)
    throw coded("invalid_request", { message: "This cursor is not one of ours.", param: "cursor" });
  return { atMs: Number(match[1]), attempt: Number(match[2]), taskId: match[3] };
}

/** A node whose rows are read, and when its pending earnings are due. */
interface Subject {
  nodeId: string;
  dueAt: string | null;
}

export function createEarnings({ nodes, sources, clock }: EarningsDeps): Earnings {
  async function pageOf(
    node: Subject,
    before: Mark | null,
    limit: number,
  ): Promise<{ rows: Row[]; next: Mark | null }> {
    const page = { before, limit: limit + 1 };
    const [earned, unpaid] = await Promise.all([sources.earned(node.nodeId, page), sources.unpaid(node.nodeId, page)]);
    const all = [...earned.map((part) => earnedRow(part, node.dueAt)), ...unpaid.map(unpaidRow)].sort(newerFirst);
    const rows = all.slice(0, limit);
    const last = rows.at(-1);
    return { rows, next: all.length > limit && last !== undefined ? last.mark : null };
  }

  async function* lines(node: Subject): AsyncIterable<string> {
    yield CSV_HEAD;
    let written = 0;
    let before: Mark | null = null;
    do {
      const { rows, next } = await pageOf(node, before, CSV_PAGE);
      for (const { row } of rows) yield csvLine(row);
      written += rows.length;
      before = next;
    } while (before !== null && written < CSV_ROWS_MAX);
  }

  /** @throws node_not_found */
  async function subject(accountId: string, nodeId: string): Promise<Subject> {
    const { owner_address: owner } = await nodes.info(accountId, nodeId);
    return { nodeId, dueAt: (await sources.owner(owner)).next_epoch_at };
  }

  const self: Omit<Earnings, "area"> = {
    async summary(accountId, nodeId): Promise<NodeEarnings> {
      const { owner_address: owner } = await nodes.info(accountId, nodeId);
      const sinceMs = clock.now() - COUNTED_MS;
      const [sums, counts] = await Promise.all([sources.owner(owner), sources.unpaidCounts(nodeId, sinceMs)]);
      const mine = sums.nodes.find((n) => n.node_id === nodeId);
      const { paid, claimable, pending, held, held_pending } = mine ?? NOTHING;
      const earned = [paid, claimable, pending, held, held_pending].reduce((n, wei) => n + BigInt(wei), 0n);
      return {
        ...{ node_id: nodeId, owner, earned: earned.toString(), paid, claimable, pending, held, held_pending },
        pending_due_at: pending === "0" && held_pending === "0" ? null : sums.next_epoch_at,
        unpaid_since: new Date(sinceMs).toISOString(),
        unpaid: counts.map(({ reason, attempts }) => ({ code: reason, attempts, ...reasonOf(reason) })),
        wallet: { claimed: sums.claimed, claimable: sums.claimable, pending: sums.pending, held: sums.held },
      };
    },
    async rows(accountId, nodeId, { cursor, limit }): Promise<Page<NodeEarningRow>> {
      const { rows, next } = await pageOf(await subject(accountId, nodeId), parseMark(cursor), limit);
      return { data: rows.map((r) => r.row), next_cursor: next === null ? null : encodeMark(next) };
    },
    async csv(accountId, nodeId) {
      return lines(await subject(accountId, nodeId));
    },
  };
  return { ...self, area: earningsArea(self) };
}
