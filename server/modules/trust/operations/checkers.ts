import type { EngineRequest } from "@farlabs/protocol";
import type { SeenNode } from "../doors.ts";
import { type CheckerRecord, isBelieved, isRight, noteSeeded, SEEDED_EVERY, spoil } from "../model/checker.ts";
import { type FindCalibration, judge, viewsOfScores } from "../model/judge.ts";
import type { TokenScore } from "../model/statistic.ts";
import { type Asked, ask } from "./ask.ts";
import type { Context } from "./context.ts";
import { hardwareOf, manifestOf } from "./offers.ts";

export interface Scored {
  scores: readonly TokenScore[];
  end: TokenScore | null;
  asked: Asked;
}

/**
 * What a node makes of an answer; null without a result. How many pairs there are is the checker's own reading: ids are the word of the node that
 * is checked, and one that does not say the text with them must not get away unread.
 */
export async function scoreAt(
  context: Context,
  node: SeenNode,
  answer: { request: EngineRequest; text: string; tokenIds: readonly number[] | null; ended: boolean },
): Promise<{ asked: Asked; result: Scored | null }> {
  const completion = {
    text: answer.text,
    ended: answer.ended,
    ...(answer.tokenIds === null ? {} : { tokenIds: [...answer.tokenIds] }),
  };
  const asked = await ask(context, { nodeId: node.nodeId, kind: "score", engine: { ...answer.request, completion } });
  if (asked.error !== null || asked.scores.length === 0) return { asked, result: null };
  const end = answer.ended ? (asked.scores.at(-1) ?? null) : null;
  return { asked, result: { scores: end === null ? asked.scores : asked.scores.slice(0, -1), end, asked } };
}

async function recordOf({ sql }: Pick<Context, "sql">, nodeId: string): Promise<CheckerRecord> {
  const [row] = await sql<{ recent: boolean[] }[]>`select recent from trust.checkers where node_id = ${nodeId}`;
  return { recent: row?.recent ?? [] };
}

export const isBelievedNode = async (context: Pick<Context, "sql">, nodeId: string): Promise<boolean> =>
  isBelieved(await recordOf(context, nodeId));

/**
 * Now and then gives the checker an answer of which it is known whether it is good: another owner's answer to a canary, or the same with its
 * words out of order. To the checker it looks like any other. What it makes of it goes into its record.
 */
export async function maybeSeed(
  context: Context,
  checker: SeenNode,
  { model, find }: { model: string; find: FindCalibration },
): Promise<void> {
  if (context.random() >= 1 / SEEDED_EVERY) return;
  const manifest = manifestOf(checker, model);
  const known = await knownGood(context, { manifest, notOwner: checker.ownerWallet });
  if (known === null) return;
  const kind = context.random() < 0.5 ? "good" : "bad";
  const text = kind === "good" ? known.text : spoil(known.text, context.random);
  const answer = { request: { ...known.request, model }, text, tokenIds: null, ended: kind === "good" && known.ended };
  const { result } = await scoreAt(context, checker, answer);
  if (result === null) return;
  const answered = { manifest, hardware: hardwareOf(checker), temperature: known.request.temperature };
  const { share } = judge(viewsOfScores(answered, result.scores, result.end), find);
  if (share === null) return;
  const record = noteSeeded(await recordOf(context, checker.nodeId), isRight(kind, share));
  await context.sql`
    insert into trust.checkers (node_id, recent, updated_at)
    values (${checker.nodeId}, ${JSON.stringify(record.recent)}::text::json, ${new Date(context.clock.now())})
    on conflict (node_id) do update set recent = excluded.recent, updated_at = excluded.updated_at`;
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
