/**
 * The main job: one verb, `submit`. A task's states (product.md I4):
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
  /** Validated fields; `max_tokens` absent means the default of economy.md. */
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
}

export interface CompletionChoice {
  text: string;
  toolCalls: ToolCall[];
  finishReason: FinishReason | null;
  logprobs: unknown[];
  /** Base64 of little-endian float32, embeddings only. */
  embedding: string | null;
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
   *   insufficient_funds, spend_cap_reached, wallet_frozen, settlement_backlog
   */
  submit(principal: Principal, request: SubmitRequest, options: SubmitOptions): Promise<TaskHandle>;
  /** @throws task_not_found */
  task(accountId: string, taskId: string): Promise<Task>;
  list(accountId: string, page: { cursor?: string; limit: number; status?: string }): Promise<Page<Task>>;
  /** @throws task_not_found, task_finished */
  cancel(accountId: string, taskId: string): Promise<void>;
  /** Deltas and status of one running task; what was delivered so far comes first, inside this call. Returns the way to stop; null when the task is not running here. */
  watch(taskId: string, watcher: TaskWatcher): (() => void) | null;
  /** Status changes of every task of this process, for realtime. */
  onUpdate(listener: (update: TaskUpdate) => void): () => void;
  ownerOf(taskId: string): Promise<string | null>;
  running(): { pending: number; running: number; finishedPerSecond: number };
  /** Stops what a frozen wallet pays for. */
  stopWallet(wallet: string): void;
  start(): Promise<void>;
  /** Refuses new tasks and waits for the running ones, at most `graceMs`; the rest is cancelled. */
  stop(graceMs: number): Promise<void>;
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
