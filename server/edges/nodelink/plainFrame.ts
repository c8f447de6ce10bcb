import type { AgentFrame } from "@farlabs/protocol";

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isWhole = (value: unknown, min: number, max: number): value is number =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
const isCount = (value: unknown): boolean => isWhole(value, 0, Number.MAX_SAFE_INTEGER);

function sizeOf(fields: Fields): number {
  let size = 0;
  for (const _key in fields) size += 1;
  return size;
}

const isRef = ({ taskId, attempt }: Fields): boolean =>
  typeof taskId === "string" && taskId.length > 0 && taskId.length <= 128 && isWhole(attempt, 1, 1_000);

/** A piece of text, with its token ids or without. */
function isChunk(frame: Fields): boolean {
  const { delta, tokenIds } = frame;
  if (!isCount(frame.seq) || !isWhole(frame.index, 0, 255)) return false;
  if (!isObject(delta) || typeof delta.content !== "string" || sizeOf(delta) !== 1) return false;
  // Half a character is for the schema to mend.
  if (!delta.content.isWellFormed()) return false;
  if (tokenIds === undefined) return sizeOf(frame) === 6;
  return Array.isArray(tokenIds) && tokenIds.length <= 4_096 && tokenIds.every(isCount) && sizeOf(frame) === 7;
}

function isResult(frame: Fields): boolean {
  const { usage, finishReasons } = frame;
  if (!isCount(frame.chunks) || sizeOf(frame) !== 6) return false;
  if (!isObject(usage) || !isCount(usage.promptTokens) || !isCount(usage.completionTokens) || sizeOf(usage) !== 2)
    return false;
  return (
    Array.isArray(finishReasons) &&
    finishReasons.length === 1 &&
    ["stop", "length"].includes(finishReasons[0] as string)
  );
}

/**
 * The frames that nearly all are, known by hand: `accept`, a `chunk` of text, the `result` of one choice, each with exactly the fields it
 * needs. The protocol's schema says the same of them at five times the cost. Null for anything else, which the schema then judges.
 */
export function plainFrame(raw: unknown): AgentFrame | null {
  if (!isObject(raw) || !isRef(raw)) return null;
  switch (raw.type) {
    case "accept":
      return sizeOf(raw) === 3 ? (raw as unknown as AgentFrame) : null;
    case "chunk":
      return isChunk(raw) ? (raw as unknown as AgentFrame) : null;
    case "result":
      return isResult(raw) ? (raw as unknown as AgentFrame) : null;
    default:
      return null;
  }
}
