import type { EngineRequest } from "@farlabs/protocol";
import type { SeenNode } from "../doors.ts";
import { type CheckerRecord, isBelieved, isRight, noteSeeded, SEEDED_EVERY, spoil } from "../model/checker.ts";
import { type FindCalibration, judge, viewsOfScores } from "../model/judge.ts";
import type { TokenScore } from "../model/statistic.ts";
import { type Asked, ask, type Unpaid } from "./ask.ts";
import type { Lack } from "./budget.ts";
import type { Context } from "./context.ts";
import { hardwareOf, manifestOf } from "./offers.ts";

export interface Scored {
  scores: readonly TokenScore[];
  end: TokenScore | null;
  asked: Asked;
}

/** A checker that was wrong too often is asked nothing, so earns nothing by it, for so long. */
const REST_MS = 7 * 86_400_000;
/** With what it begins again: one more error and it rests again. */
const PROBATION: CheckerRecord = { recent: [false, false] };

/**
 * What a node makes of an answer, for a check of `owner`'s node; null without a result. How many pairs there are is the checker's own reading: ids are the word of the node that
 * is checked, and one that does not say the text with them must not get away unread.
 */
export async function scoreAt(
  context: Context,
  { node, owner }: { node: SeenNode; owner: string },
  answer: { request: EngineRequest; text: string; tokenIds: readonly number[] | null; ended: boolean },
): Promise<{ asked: Asked | Unpaid; result: Scored | null }> {
  const completion = {
    text: answer.text,
    ended: answer.ended,
    ...(answer.tokenIds === null ? {} : { tokenIds: [...answer.tokenIds] }),
  };
  const engine = { ...answer.request, completion };
  const asked = await ask(context, { nodeId: node.nodeId, owner, kind: "score", engine });
  if (asked.lack !== null || asked.error !== null || asked.scores.length === 0) return { asked, result: null };
  const end = answer.ended ? (asked.scores.at(-1) ?? null) : null;
  return { asked, result: { scores: end === null ? asked.scores : asked.scores.slice(0, -1), end, asked } };
}

async function recordOf({ sql, clock }: Pick<Context, "sql" | "clock">, nodeId: string): Promise<CheckerRecord> {
  const [row] = await sql<{ recent: boolean[]; updated_at: Date }[]>`
    select recent, updated_at from trust.checkers where node_id = ${nodeId}`;
  if (row === undefined) return { recent: [] };
  const isRested = clock.now() - row.updated_at.getTime() >= REST_MS;
  return !isBelieved(row) && isRested ? PROBATION : { recent: row.recent };
}

export const isBelievedNode = async (context: Pick<Context, "sql" | "clock">, nodeId: string): Promise<boolean> =>
  isBelieved(await recordOf(context, nodeId));

/**
 * Now and then gives the checker an answer of which it is known whether it is good: another owner's answer to a canary, or the same with its
 * words out of order. To the checker it looks like any other. What it makes of it goes into its record. It belongs to the check that it precedes,
 * whose budget pays for it.
 * @returns what lacked to pay for it
 */
export async function maybeSeed(
  context: Context,
  checker: SeenNode,
  { model, owner, find }: { model: string; owner: string; find: FindCalibration },
): Promise<Lack | null> {
  if (context.random() >= 1 / SEEDED_EVERY) return null;
  const manifest = manifestOf(checker, model);
  const known = await knownGood(context, { manifest, notOwner: checker.ownerWallet });
  if (known === null) return null;
  const kind = context.random() < 0.5 ? "good" : "bad";
  const text = kind === "good" ? known.text : spoil(known.text, context.random);
  const answer = { request: { ...known.request, model }, text, tokenIds: null, ended: kind === "good" && known.ended };
  const { asked, result } = await scoreAt(context, { node: checker, owner }, answer);
  if (result === null) return asked.lack;
  const answered = { manifest, hardware: hardwareOf(checker), temperature: known.request.temperature };
  const { share } = judge(viewsOfScores(answered, result.scores, result.end), find);
  if (share === null) return null;
  const record = noteSeeded(await recordOf(context, checker.nodeId), isRight(kind, share));
  await context.sql`
    insert into trust.checkers (node_id, recent, updated_at)
    values (${checker.nodeId}, ${JSON.stringify(record.recent)}::text::json, ${new Date(context.clock.now())})
    on conflict (node_id) do update set recent = excluded.recent, updated_at = excluded.updated_at`;
  return null;
}

interface KnownGood {
  request: EngineRequest;
  text: string;
  ended: boolean;
}

/** An answer to a canary by a node in good standing with some record. */
async function knownGood(
  { sql }: Pick<Context, "sql">,
  { manifest, notOwner }: { manifest: string; notOwner: string },
): Promise<KnownGood | null> {
  const [row] = await sql<KnownGood[]>`
    select c.request, a.text, a.ended from trust.canary_answers a
    join trust.canaries c on c.id = a.canary_id join trust.nodes n on n.node_id = a.node_id
    where c.manifest = ${manifest} and a.owner_wallet <> ${notOwner} and n.standing = 'good'
    order by random() limit 1`;
  return row ?? null;
}
