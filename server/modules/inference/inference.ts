/**
 * The main job: one verb, `submit`. A task's states:
 *
 * `pending`      admitted: its money is reserved and its row is durable, both in one commit. Waits for a slot.
 * `assigned`     a node was asked. A refusal, failure or time-out puts it back to `pending` with another node.
 * `in_progress`  output arrives. A lost node puts it back to `pending` with what was delivered, and another node goes on after it.
 * `completed`, `failed`, `cancelled`  terminal: post or void, task, receipt and event are one commit; only then the caller hears the end.
 *
 * Admission and the terminal state are durable; what lies between is this process's memory. After a crash every task it had admitted is
 * voided as `server_restarted`.
 */
import type { EngineRequest, FinishReason, Page, Task, TaskKind, TaskStatus, ToolCall } from "@farlabs/protocol";
import type { Principal } from "#identity";
import type { FarError } from "#kernel";

export interface SubmitRequest {
  kind: TaskKind;
  /** Validated fields; `max_tokens` absent means the default of docs/billing.md. */
  engine: EngineRequest;
}

/** Hears a task's output as it arrives. Calls never block; a consumer that cannot keep up cancels. */
export interface Consumer {
  onDelta(index: number, delta: import("@farlabs/protocol").Delta, logprobs: unknown): void;
}

export interface SubmitOptions {
  consumer?: Consumer;
  /** Escrow wallet to reserve on; the account's first by default. */
  wallet?: string;
  region?: string;
  /** Parts that commit with the admission and with the end (idempotency claims and answers). */
  admitParts?: (taskId: string) => Record<string, unknown>;
  endParts?: (completion: Completion) => Promise<Record<string, unknown>>;
  /** Keeps the answer 24 h, sealed by the account's key. */
  keepAnswer?: boolean;
  /** The asset to pay in; absent: VCU while they cover the reserve, else FAR. */
  payWith?: "FAR" | "VCU";
  /** Only nodes of good standing compute it, and nobody else's node ever reads it for an audit. */
  trustedOnly?: boolean;
  /** Pays by an on-chain `createTask` of this id (0x and 64 hex digits), which one of the account's wallets made. */
  onchainTask?: string;

  // Never from a request: for those of the network itself.
  /** Pins the task to one node; it goes nowhere else. Reaches suspended nodes as well. */
  nodeId?: string;
  /** The treasury pays, out of its float. */
  payer?: "treasury";
  /** A check or canary; stands on the receipt. */
  purpose?: "check";
}

export interface CompletionChoice {
  text: string;
  toolCalls: ToolCall[];
  finishReason: FinishReason | null;
  logprobs: unknown[];
  /** Base64 of little-endian float32, embeddings only. */
  embedding: string | null;
  /** Kind `score` only: log-probability and rank of each given token. */
  scores: readonly [logprob: number, rank: number][];
}
export interface Completion {
  taskId: string;
  status: Extract<TaskStatus, "completed" | "failed" | "cancelled">;
  choices: CompletionChoice[];
  promptTokens: number;
  completionTokens: number;
  /** Wei of FAR. */
  chargeWei: bigint;
  chargeMicro: bigint;
  /** What the caller paid in; of VCU `chargeVcu` units, and then the wei are the treasury's. */
  asset: "FAR" | "VCU";
  chargeVcu: bigint;
  /** Why it failed or was cancelled. */
  error: FarError | null;
  /** True once a delta went to the consumer. */
  delivered: boolean;
}

export interface TaskHandle {
  taskId: string;
  model: string;
  /** The maximum this can cost, wei. */
  quoteWei: bigint;
  /** What it is paid in, and the maximum in that asset's smallest unit. */
  asset: "FAR" | "VCU";
  quote: bigint;
  createdAtMs: number;
  /** Resolves once, when the end is durable; never rejects. */
  done: Promise<Completion>;
  /** The caller left or gave up: the node is stopped and what was delivered is charged. Idempotent. */
  cancel(): void;
}

export interface Inference {
  /**
   * Prices, reserves and queues a task; returns when that is durable.
   * @throws model_not_found, context_length_exceeded, unsupported_parameter, price_stale, no_node, queue_full, too_many_concurrent,
   *   insufficient_funds, spend_cap_reached, wallet_frozen, settlement_backlog, stake_limit_reached, no_trusted_node,
   *   treasury_leg_unavailable, onchain_task_unknown, onchain_task_used
   */
  submit(principal: Principal, request: SubmitRequest, options: SubmitOptions): Promise<TaskHandle>;
  /** What the same submission may cost at most, wei, without making it. @throws as `submit` does where the request itself is refused */
  quote(principal: Principal, request: SubmitRequest, options: SubmitOptions): bigint;
  /** @throws task_not_found */
  task(accountId: string, taskId: string): Promise<Task>;
  list(accountId: string, page: { cursor?: string; limit: number; status?: string }): Promise<Page<Task>>;
  /** @throws task_not_found, task_finished */
  cancel(accountId: string, taskId: string): Promise<void>;
  /** Deltas and status of one running task; what was delivered so far comes first, inside this call. Returns the way to stop; null when the task is not running here. */
  watch(taskId: string, watcher: TaskWatcher): (() => void) | null;
  /** Status changes of every task of this process, for realtime. */
  onUpdate(listener: (update: TaskUpdate) => void): () => void;
  /** Told after the durable end of each task that ended here, in the same turn; a listener that throws is logged. Memory only. */
  onFinished(listener: (task: FinishedTask) => void): () => void;
  /** Attempts of a node that ended unpaid, newest first, kept 90 days. */
  nodeAttempts(nodeId: string, page: UnpaidPage): Promise<UnpaidAttempt[]>;
  /** How many attempts of a node ended unpaid since then, by reason. What was paid stands on receipts. */
  nodeOutcomes(nodeId: string, sinceMs: number): Promise<{ reason: string; attempts: number }[]>;
  /** The account was granted VCU: from now on they are asked first. */
  creditsGranted(accountId: string): void;
  ownerOf(taskId: string): Promise<string | null>;
  running(): { pending: number; running: number; finishedPerSecond: number };
  /** Stops what a frozen wallet pays for. */
  stopWallet(wallet: string): void;
  start(): Promise<void>;
  /** Refuses new tasks and waits for the running ones, at most `graceMs`; the rest is cancelled. */
  stop(graceMs: number): Promise<void>;
}

/** Newest first, and before this. */
export interface UnpaidPage {
  before: { atMs: number; taskId: string; attempt: number } | null;
  limit: number;
}

/** An attempt that earned nothing, and why. */
export interface UnpaidAttempt {
  taskId: string;
  attempt: number;
  model: string;
  /** An end of the attempt (`node_lost`, `refused`, an engine's code, …), or `empty_answer`, `no_charge`. */
  reason: string;
  /** Output that had arrived; bytes. */
  bytes: number;
  startedAt: Date;
  endedAt: Date;
}

/** One attempt as it went. Times are of this process's monotonic clock, ms. */
export interface FinishedAttempt {
  number: number;
  nodeId: string;
  ownerWallet: string;
  startedMs: number;
  firstTokenMs: number | null;
  /** Start to last piece of output. */
  durationMs: number;
  /** What this attempt delivered of the first choice, and its tokens where the engine named them all. */
  text: string;
  tokenIds: readonly number[] | null;
  /** Output tokens by the network's count that it is paid by; 0 when it is not paid. */
  tokens: number;
  amountWei: bigint;
  /** What the node said that it counted. */
  claim: { promptTokens: number; completionTokens: number } | null;
  end: string;
  /** Tokens of the prompt by the network's count, or an upper bound. */
  promptTokens: number;
  /** Slots of the node's model in use from its start on, its own included. */
  slotsInUse: number;
}

/** A task after its end. Shared with nobody else: it may be kept, and must not be changed. */
export interface FinishedTask {
  taskId: string;
  accountId: string;
  model: string;
  kind: TaskKind;
  request: EngineRequest;
  status: Completion["status"];
  error: string | null;
  choices: readonly CompletionChoice[];
  purpose: "user" | "check";
  /** The account and the request allow that another owner's node reads it for an audit. */
  auditable: boolean;
  chargeWei: bigint;
  createdAtMs: number;
  attempts: readonly FinishedAttempt[];
}

export interface TaskUpdate {
  taskId: string;
  accountId: string;
  status: TaskStatus;
}

export interface TaskWatcher {
  onStatus?(status: TaskStatus): void;
  onDelta?(index: number, text: string): void;
  onEnd?(completion: Completion): void;
}
