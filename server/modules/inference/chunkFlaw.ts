import type { Delta } from "@farlabs/protocol";
import type { LiveTask } from "./live.ts";

/** No token of any model in the catalogue is longer; more bytes than this per allowed token is a breach. */
const BYTES_PER_TOKEN_MAX = 256;
/** JSON of one token's logprobs with 20 alternatives, generously. */
const LOGPROB_BYTES_PER_TOKEN_MAX = 8_192;
const VECTOR_BYTES_MAX = 16_384 * 4;

interface Piece {
  index: number;
  delta: Delta;
  tokenIds?: readonly number[] | undefined;
  logprobs?: unknown;
}

/**
 * What is wrong with a chunk, in words, or null. Looked at before anything of it is applied, so that nothing of a wrong chunk reaches
 * the caller, and nothing that an engine of good faith never sends fills our memory.
 */
export function chunkFlaw(task: LiveTask, piece: Piece): string | null {
  const choice = task.choices[piece.index];
  if (choice === undefined) return "chunk for a choice that was not asked for";
  const { delta } = piece;
  if (task.kind === "embedding") return vectorFlaw(delta);
  if (task.kind === "score") return scoresFlaw(task, choice.scores.length, delta);
  if (delta.scores !== undefined) return "scores in an answer of text";
  if (delta.embedding !== undefined) return "a vector in an answer of text";
  if (choice.bytes + bytesOf(delta) > task.maxTokens * BYTES_PER_TOKEN_MAX) return "more text than was asked for";
  if (piece.tokenIds !== undefined && (choice.tokenIds?.length ?? 0) + piece.tokenIds.length > task.maxTokens)
    return "more tokens than were asked for";
  if (task.request.logprobs === true && piece.logprobs !== undefined) {
    choice.logprobBytes += JSON.stringify(piece.logprobs).length;
    if (choice.logprobBytes > (task.maxTokens + 1) * LOGPROB_BYTES_PER_TOKEN_MAX) return "more logprobs than tokens";
  }
  return delta.tool_calls === undefined ? null : toolFlaw(task, choice.toolCalls.length, delta.tool_calls);
}

function bytesOf(delta: Delta): number {
  const texts = [
    delta.content,
    delta.reasoning_content,
    delta.refusal,
    ...(delta.tool_calls ?? []).flatMap((c) => [c.function?.name, c.function?.arguments]),
  ];
  return texts.reduce((n, text) => n + (text === undefined ? 0 : Buffer.byteLength(text)), 0);
}

function toolFlaw(task: LiveTask, known: number, calls: NonNullable<Delta["tool_calls"]>): string | null {
  if (calls.length === 0) return null;
  if (task.request.tools === undefined) return "a call of a tool nobody offered";
  let next = known;
  for (const call of calls) {
    if (call.index > next) return "tool call out of order";
    if (call.index === next) next += 1;
  }
  return null;
}

/**
 * At most one pair a token and one for the end; a token is at least one byte. Ids are the word of the node that is checked: a checker who finds
 * that they do not say the text reads the text instead, and must not be blamed for their number.
 */
function scoresFlaw(task: LiveTask, known: number, delta: Delta): string | null {
  if (Object.entries(delta).some(([key, value]) => key !== "scores" && value !== undefined && value !== ""))
    return "text instead of scores";
  const given = task.request.completion;
  const tokensMax = Math.max(given?.tokenIds?.length ?? 0, Buffer.byteLength(given?.text ?? ""));
  return known + (delta.scores?.length ?? 0) > tokensMax + 1 ? "more scores than tokens" : null;
}

function vectorFlaw(delta: Delta): string | null {
  if (Object.entries(delta).some(([key, value]) => key !== "embedding" && value !== undefined && value !== ""))
    return "text instead of a vector";
  if (delta.embedding === undefined) return null;
  const bytes = Buffer.from(delta.embedding, "base64");
  if (
    bytes.length === 0 ||
    bytes.length % 4 !== 0 ||
    bytes.length > VECTOR_BYTES_MAX ||
    bytes.toString("base64") !== delta.embedding
  )
    return "not a vector";
  for (let at = 0; at < bytes.length; at += 4)
    if (!Number.isFinite(bytes.readFloatLE(at))) return "a vector of no numbers";
  return null;
}
