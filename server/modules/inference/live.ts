import type { Delta, EngineRequest, FinishReason, TaskKind, TaskStatus, ToolCall } from "@farlabs/protocol";
import type { Principal } from "#identity";
import type { FarError } from "#kernel";
import type { Model } from "#models";
import type { LiveNode, LiveOffer } from "#nodes";
import type { Completion, Consumer, SubmitOptions, TaskWatcher } from "./inference.ts";
import type { Payment, Reserved } from "./payment.ts";

/** One choice as it grows; for embeddings one input. */
export interface LiveChoice {
  text: string;
  bytes: number;
  /** Ids of everything delivered, or null once some piece came without. */
  tokenIds: number[] | null;
  toolCalls: ToolCall[];
  finishReason: FinishReason | null;
  logprobs: unknown[];
  logprobBytes: number;
  embedding: string | null;
  /** Kind `score` only: log-probability and rank of each given token so far. */
  scores: [logprob: number, rank: number][];
}

/** Why an attempt ended, as a code that its operator is shown. */
export type AttemptEnd =
  | "delivered"
  | "refused"
  | "node_lost"
  | "first_token_timeout"
  | "idle_timeout"
  | "protocol_violation"
  | "task_cancelled"
  | "overall_limit"
  | (string & {});

export interface LiveAttempt {
  /** Fencing token: frames of any other number are dropped. */
  readonly number: number;
  readonly node: LiveNode;
  readonly offer: LiveOffer;
  readonly startedMs: number;
  readonly startedAt: Date;
  /** Largest share it can earn here; at risk while it runs. */
  readonly riskWei: bigint;
  /** Slots of the offer in use from its start on, its own included. */
  readonly slotsInUse: number;
  accepted: boolean;
  firstChunkMs: number | null;
  lastChunkMs: number;
  nextSeq: number;
  /** What this attempt delivered of choice 0 begins here in its text; only one choice can be continued. */
  readonly textFrom: number;
  /** Where its token ids and logprobs begin; ids null when those before were not all known. */
  readonly idsFrom: number | null;
  readonly logprobsFrom: number;
  /** Output bytes this attempt delivered, all choices. */
  bytes: number;
  /** Monotonic ms at which its socket was lost. */
  detachedMs: number | null;
  end: AttemptEnd | null;
  endedAt: Date | null;
  /** Claimed by the node at its result. */
  claim: { promptTokens: number; completionTokens: number } | null;
}

/** A task in memory, from its admission to its durable end. */
export interface LiveTask {
  readonly id: string;
  readonly accountId: string;
  readonly principal: Principal;
  readonly kind: TaskKind;
  readonly model: Model;
  readonly request: EngineRequest;
  readonly rate8: bigint;
  /** What pays; the reserve decides between several. */
  payment: Payment;
  readonly payments: readonly Payment[];
  /** Largest operator share, and the same as nodes' room is counted, 10⁻⁹ FAR. */
  riskWei: bigint;
  riskGwei: number;
  /** Only for nodes of good standing. */
  readonly trustedOnly: boolean;
  /** What the tokenizer counted, or an upper bound from bytes. */
  readonly promptTokens: number;
  readonly promptExact: boolean;
  readonly promptBytes: number;
  maxTokens: number;
  quoteWei: bigint;
  reserved: Reserved;
  readonly createdAtMs: number;
  readonly createdMs: number;
  status: TaskStatus;
  readonly choices: LiveChoice[];
  readonly attempts: LiveAttempt[];
  attempt: LiveAttempt | null;
  readonly avoid: Set<string>;
  readonly prefixKeys: readonly string[];
  readonly options: SubmitOptions;
  readonly consumer: Consumer | null;
  readonly watchers: Set<TaskWatcher>;
  firstTokenMs: number | null;
  assignedMs: number | null;
  /** Set once the end has begun; nothing is delivered after it. */
  ending: boolean;
  lastFailure: FarError | null;
  readonly resolve: (completion: Completion) => void;
}

export const newChoice = (): LiveChoice => ({
  text: "",
  bytes: 0,
  tokenIds: [],
  toolCalls: [],
  finishReason: null,
  logprobs: [],
  logprobBytes: 0,
  embedding: null,
  scores: [],
});

/** Kinds that make no tokens: paid by what was read, once the result arrived. */
export const isPaidByInput = (kind: TaskKind): boolean => kind === "embedding" || kind === "score";

/** Output bytes delivered so far. */
export const deliveredBytes = (task: LiveTask): number => task.choices.reduce((n, c) => n + c.bytes, 0);

/** An attempt that broke the protocol is not trusted in anything: what it brought is not paid for. */
export const isBreached = (attempt: LiveAttempt): boolean => attempt.end === "protocol_violation";

/** Takes back what an attempt brought; only where nobody has seen it. */
export function rewind(task: LiveTask, attempt: LiveAttempt): void {
  attempt.bytes = 0;
  const [first] = task.choices;
  const before = task.attempts.some((a) => a !== attempt && a.bytes > 0);
  if (!before || first === undefined) {
    for (const choice of task.choices) Object.assign(choice, newChoice());
    task.firstTokenMs = null;
    return;
  }
  // Only a single choice of plain text is ever continued.
  const text = first.text.slice(0, attempt.textFrom);
  const tokenIds = attempt.idsFrom === null ? null : (first.tokenIds?.slice(0, attempt.idsFrom) ?? null);
  Object.assign(first, {
    ...newChoice(),
    text,
    bytes: Buffer.byteLength(text),
    tokenIds,
    logprobs: first.logprobs.slice(0, attempt.logprobsFrom),
  });
}

/** Adds a delta to its choice and returns its output bytes. @throws RangeError for a delta no engine of good faith sends */
export function applyDelta(
  choice: LiveChoice,
  delta: Delta,
  tokenIds: readonly number[] | undefined,
  logprobs: unknown,
): number {
  let bytes = 0;
  const text = delta.content ?? "";
  if (text !== "") {
    choice.text += text;
    bytes += Buffer.byteLength(text);
  }
  if (delta.reasoning_content !== undefined) bytes += Buffer.byteLength(delta.reasoning_content);
  if (delta.refusal !== undefined) bytes += Buffer.byteLength(delta.refusal);
  for (const part of delta.tool_calls ?? []) bytes += applyToolCall(choice, part);
  if (delta.embedding !== undefined) choice.embedding = delta.embedding;
  if (delta.scores !== undefined) for (const pair of delta.scores) choice.scores.push(pair);
  if (logprobs !== undefined) choice.logprobs.push(logprobs);
  if (tokenIds === undefined) {
    if (bytes > 0) choice.tokenIds = null;
  } else if (choice.tokenIds !== null) for (const id of tokenIds) choice.tokenIds.push(id);
  choice.bytes += bytes;
  return bytes;
}

function applyToolCall(choice: LiveChoice, part: NonNullable<Delta["tool_calls"]>[number]): number {
  let call = choice.toolCalls[part.index];
  if (call === undefined) {
    if (part.index !== choice.toolCalls.length) throw new RangeError("tool call out of order");
    call = { id: part.id ?? "", type: "function", function: { name: "", arguments: "" } };
    choice.toolCalls.push(call);
  }
  call.function.name += part.function?.name ?? "";
  call.function.arguments += part.function?.arguments ?? "";
  return Buffer.byteLength(part.function?.name ?? "") + Buffer.byteLength(part.function?.arguments ?? "");
}
