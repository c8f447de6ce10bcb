import { randomBytes } from "node:crypto";
import type { EngineRequest } from "@farlabs/protocol";
import { newId } from "#kernel";
import type { SeenNode } from "../doors.ts";
import { canaryOf } from "../model/canary.ts";
import { type FindCalibration, judge, viewsOfCanary } from "../model/judge.ts";
import { ask } from "./ask.ts";
import type { Context } from "./context.ts";
import { finish } from "./finish.ts";
import { about, isReachable, manifestOf } from "./offers.ts";
import type { Roster } from "./roster.ts";

/** A canary is asked of so many nodes and no more, and no longer than this. */
const ANSWERS_MAX = 4;
const OPEN_MS = 6 * 86_400_000;
/** Where there is one owner only, a node is compared with itself, this much later. */
const SELF_AFTER_MS = 3_600_000;
/** Suspected nodes are asked oftener. */
const SUSPECTED_FACTOR = 4;

interface Reference {
  nodeId: string;
  owner: string;
  text: string;
}
interface Canary {
  id: string;
  request: EngineRequest;
  reference: Reference | null;
}

/** Asks canaries of the nodes of this process. When is left to chance, so that no rhythm gives them away. */
export function createCanaries(context: Context, { roster, find }: { roster: Roster; find: FindCalibration }) {
  const running = new Set<string>();

  function isDue(node: SeenNode, sinceMs: number): boolean {
    const known = roster.get(node.nodeId);
    if (known === undefined) return false;
    // Canaries never pay a node more than users did; the whole charge is counted, since its share of it moves with the score.
    if (known.canariesCostWei >= known.earnedUserWei) return false;
    const factor = known.standing === "good" ? 1 : SUSPECTED_FACTOR;
    return context.random() < (factor * sinceMs) / (1_000 * context.config.TRUST_CANARY_S);
  }

  async function askOne(node: SeenNode, model: string): Promise<void> {
    const key = `${node.nodeId}|${model}`;
    if (running.has(key)) return;
    running.add(key);
    try {
      await runCanary(context, { node, model, find });
    } catch (error) {
      context.log.warn("a canary failed", { error, nodeId: node.nodeId, model });
    } finally {
      running.delete(key);
    }
  }

  /** Draws who is asked now, `sinceMs` after the last draw, and waits for the answers. @returns how many were asked */
  return async function draw(sinceMs: number): Promise<number> {
    const asked: Promise<void>[] = [];
    for (const node of context.nodes.live().values()) {
      if (!isReachable(node)) continue;
      for (const [model, { offer }] of node.offers)
        if (offer.kinds.includes("chat") && isDue(node, sinceMs)) asked.push(askOne(node, model));
    }
    await Promise.all(asked);
    return asked.length;
  };
}

async function runCanary(
  context: Context,
  { node, model, find }: { node: SeenNode; model: string; find: FindCalibration },
): Promise<void> {
  const canary = (await openCanary(context, node, model)) ?? newCanary(model);
  const { nodeId, ownerWallet: owner } = node;
  const answer = await ask(context, { nodeId, owner, kind: "chat", engine: canary.request, earned: true });
  if (answer.lack !== null || answer.text === null) return;
  const where = about(node, model);
  const { text } = answer;
  const now = new Date(context.clock.now());
  const checkId = newId("check");
  if (canary.reference === null)
    await context.sql`
      insert into trust.canaries (id, model, manifest, request, created_at)
      values (${canary.id}, ${model}, ${where.manifest}, ${JSON.stringify(canary.request)}::text::json, ${now})`;
  await context.sql`
    insert into trust.canary_answers (canary_id, node_id, owner_wallet, text, ended, at)
    values (${canary.id}, ${node.nodeId}, ${node.ownerWallet}, ${text}, ${answer.ended}, ${now})`;
  const { reference } = canary;
  if (reference === null) return;
  await context.sql`
    insert into trust.checks (id, kind, status, node_id, owner_wallet, task_id, model, manifest, hardware, not_before, created_at)
    values (${checkId}, 'canary', 'void', ${where.nodeId}, ${where.owner}, ${answer.taskId}, ${model}, ${where.manifest}, ${where.hardware}, ${now}, ${now})`;
  const views = viewsOfCanary({ ...where, temperature: canary.request.temperature }, text, reference.text);
  const other = reference.owner === node.ownerWallet ? null : reference;
  await finish(context, {
    checkId,
    nodeId: node.nodeId,
    manifest: where.manifest,
    kind: await kindFor(context, node, other?.owner ?? null),
    checker: other === null ? null : { nodeId: other.nodeId, owner: other.owner, taskId: null },
    judgement: judge(views, find),
  });
}

/** For a suspended node an answer compared with an owner who may repeat the audit is part of the re-audit. */
async function kindFor(context: Context, node: SeenNode, checker: string | null): Promise<"canary" | "reaudit"> {
  const [row] = await context.sql<{ standing: string; reauditors: string[] | null }[]>`
    select n.standing, c.reauditors from trust.nodes n left join trust.cases c on c.node_id = n.node_id and c.closed_at is null
    where n.node_id = ${node.nodeId}`;
  if (row?.standing !== "suspended" || checker === null) return "canary";
  return row.reauditors?.includes(checker) === true ? "reaudit" : "canary";
}

/** A canary that another owner's node in good standing answered and this node did not; with one owner only, one that it answered itself. */
async function openCanary({ sql, clock, nodes }: Context, node: SeenNode, model: string): Promise<Canary | null> {
  const manifest = manifestOf(node, model);
  const others = [...nodes.live().values()].some(
    (n) => n.ownerWallet !== node.ownerWallet && n.offers.has(model) && manifestOf(n, model) === manifest,
  );
  const now = clock.now();
  const rows = await sql<{ id: string; request: EngineRequest; node_id: string; owner_wallet: string; text: string }[]>`
    select c.id, c.request, a.node_id, a.owner_wallet, a.text
    from trust.canaries c join trust.canary_answers a on a.canary_id = c.id join trust.nodes n on n.node_id = a.node_id
    where c.manifest = ${manifest} and c.model = ${model} and c.created_at > ${new Date(now - OPEN_MS)} and n.standing = 'good'
      and (select count(*) from trust.canary_answers x where x.canary_id = c.id) < ${ANSWERS_MAX}
      and ${
        others
          ? sql`a.owner_wallet <> ${node.ownerWallet}
                and not exists (select from trust.canary_answers x where x.canary_id = c.id and x.node_id = ${node.nodeId})`
          : sql`a.node_id = ${node.nodeId} and a.at < ${new Date(now - SELF_AFTER_MS)}
                and (select count(*) from trust.canary_answers x where x.canary_id = c.id) = 1`
      }
    order by random() limit 1`;
  const [row] = rows;
  if (row === undefined) return null;
  return {
    id: row.id,
    request: row.request,
    reference: { nodeId: row.node_id, owner: row.owner_wallet, text: row.text },
  };
}

function newCanary(model: string): Canary {
  const id = newId("canary");
  const { messages, maxTokens } = canaryOf(randomBytes(32), id);
  // In the order in which requests of users come: a node reads the text of its frames.
  const request: EngineRequest = { model, messages, temperature: 0, max_tokens: maxTokens };
  return { id, request, reference: null };
}
