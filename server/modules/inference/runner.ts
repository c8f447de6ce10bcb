import type { AgentFrame, Delta, FailCode } from "@farlabs/protocol";
import { assert, type Clock, coded, type FarError, unreachable } from "#kernel";
import { addInFlight, type LiveNode, type Nodes } from "#nodes";
import { chunkFlaw } from "./chunkFlaw.ts";
import type { InferenceConfig } from "./config.ts";
import { engineFailure } from "./engineFailure.ts";
import {
  type AttemptEnd,
  applyDelta,
  deliveredBytes,
  isPaidByInput,
  type LiveAttempt,
  type LiveTask,
  rewind,
} from "./live.ts";
import { measureFirstToken, measureSpeed } from "./measure.ts";
import type { Ending } from "./model/charge.ts";
import { newAttempt } from "./newAttempt.ts";
import { overdueOf } from "./overdue.ts";
import { resultFlaw } from "./resultFlaw.ts";
import { fits, type Placement, type Scheduler } from "./scheduler.ts";

export interface RunnerDeps {
  nodes: Nodes;
  scheduler: Scheduler;
  config: InferenceConfig;
  clock: Clock;
  /** Settles the task durably; called exactly once per task. */
  finish: (task: LiveTask, ending: Ending, error: FarError | null) => void;
}

/**
 * Runs admitted tasks: places them, follows their attempts, moves them to another node when one is lost, and decides how they end.
 * Everything here is memory and synchronous, so that between two frames nothing can be half done.
 */
export function createRunner({ nodes, scheduler, config, clock, finish }: RunnerDeps) {
  const tasks = new Map<string, LiveTask>();

  // ── placing ────────────────────────────────────────────────────────────────────────────────────────────────────────

  function start(task: LiveTask): void {
    tasks.set(task.id, task);
    place(task, false);
  }

  /** Gives the task a slot now, or a place in the queue; ends it when no connected node could ever take it. */
  function place(task: LiveTask, first: boolean): void {
    const queue = scheduler.queue(task.model.id);
    const placement = queue.size() === 0 || first ? scheduler.pick(task) : null;
    if (placement !== null) return assign(task, placement);
    if (!scheduler.possible(task)) return giveUp(task);
    queue.push(task, first);
    kick(task.model.id);
  }

  /** Nobody can go on with this task: the reason that the last attempt gave, or that there is no node. */
  function giveUp(task: LiveTask): void {
    if (deliveredBytes(task) > 0)
      return end(task, "lost", coded("node_lost", { internal: task.lastFailure?.internal ?? "" }));
    if (task.lastFailure === null) return end(task, "failed", scheduler.obstacle(task));
    end(task, task.lastFailure.spec.status < 500 ? "refused" : "failed", task.lastFailure);
  }

  function assign(task: LiveTask, { node, offer }: Placement): void {
    const attempt = newAttempt(task, { node, offer }, clock);
    offer.inFlight += 1;
    addInFlight(node, attempt.riskWei);
    task.attempts.push(attempt);
    task.attempt = attempt;
    task.assignedMs ??= attempt.startedMs;
    setStatus(task, "assigned");
    assert(node.link !== null, "an assigned node has a link");
    node.link.send({
      type: "assign",
      taskId: task.id,
      attempt: attempt.number,
      kind: task.kind,
      request: isPaidByInput(task.kind) ? task.request : { ...task.request, max_tokens: task.maxTokens },
      ...(deliveredBytes(task) > 0 ? { continueFrom: continueFrom(task) } : {}),
    });
    scheduler.remember(node, task);
  }

  function kick(model: string): void {
    scheduler.queue(model).dispatch((task) => {
      const placement = scheduler.pick(task);
      if (placement === null) return false;
      assign(task, placement);
      return true;
    });
  }

  // ── ends ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  function release(task: LiveTask, attempt: LiveAttempt, why: AttemptEnd): void {
    if (attempt.end !== null) return;
    attempt.end = why;
    attempt.endedAt = new Date(clock.now());
    attempt.offer.inFlight -= 1;
    addInFlight(attempt.node, -attempt.riskWei);
    scheduler.ended(attempt.offer, why);
    if (task.attempt === attempt) task.attempt = null;
  }

  function end(task: LiveTask, ending: Ending, error: FarError | null): void {
    if (task.ending) return;
    task.ending = true;
    scheduler.queue(task.model.id).remove(task);
    const attempt = task.attempt;
    if (attempt !== null) {
      attempt.node.link?.send({ type: "cancel", taskId: task.id, attempt: attempt.number });
      release(task, attempt, ending === "overall_limit" ? "overall_limit" : "task_cancelled");
    }
    finish(task, ending, error);
    kick(task.model.id);
  }

  /**
   * An attempt is over without a result: another node takes the task from where it stands, or it ends.
   * `retry: false` means that no other node would answer otherwise.
   */
  function attemptFailed(task: LiveTask, attempt: LiveAttempt, why: AttemptEnd, failure: FarError, avoid = true): void {
    if (attempt.end !== null || task.ending) return;
    if (attempt.node.link !== null && why !== "refused") {
      attempt.node.link.send({ type: "cancel", taskId: task.id, attempt: attempt.number });
    }
    release(task, attempt, why);
    task.lastFailure = failure;
    if (avoid) task.avoid.add(attempt.node.nodeId);
    setStatus(task, "pending");
    if (task.attempts.length >= config.ATTEMPTS_MAX) giveUp(task);
    else place(task, true);
    kick(task.model.id);
  }

  // ── frames ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The attempt a frame speaks for, or null for late, foreign and fenced ones; only an outright forgery is a breach. */
  function current(
    node: LiveNode,
    frame: { taskId: string; attempt: number },
  ): { task: LiveTask; attempt: LiveAttempt } | null {
    const task = tasks.get(frame.taskId);
    if (task === undefined) return null;
    const attempt = task.attempt;
    if (attempt === null || attempt.number !== frame.attempt || attempt.node !== node) {
      if (!task.attempts.some((a) => a.node === node && a.number === frame.attempt))
        nodes.violation(node, "frame for a task it was not given");
      return null;
    }
    return { task, attempt };
  }

  function breach(task: LiveTask, attempt: LiveAttempt, what: string): void {
    const unseen = task.consumer === null && ![...task.watchers].some((watcher) => watcher.onDelta !== undefined);
    if (unseen) rewind(task, attempt);
    nodes.violation(attempt.node, what);
    attemptFailed(task, attempt, "protocol_violation", coded("node_failed", { internal: what }));
  }

  function onChunk(
    node: LiveNode,
    frame: {
      taskId: string;
      attempt: number;
      seq: number;
      index: number;
      delta: Delta;
      tokenIds?: number[] | undefined;
      logprobs?: unknown;
    },
  ): void {
    const found = current(node, frame);
    if (found === null) return;
    const { task, attempt } = found;
    // Sent again after a reconnect; already delivered.
    if (frame.seq < attempt.nextSeq) return;
    if (frame.seq > attempt.nextSeq) return breach(task, attempt, "chunk out of sequence");
    const choice = task.choices[frame.index];
    const flaw = chunkFlaw(task, frame);
    if (choice === undefined || flaw !== null) return breach(task, attempt, flaw ?? "chunk for no choice");
    const logprobs = task.request.logprobs === true ? (frame.logprobs ?? undefined) : undefined;
    attempt.nextSeq += 1;
    const bytes = applyDelta(choice, frame.delta, frame.tokenIds, logprobs);
    attempt.bytes += bytes;
    // A piece without output is no sign of life: else a node could hold a caller for as long as a task may live.
    if (bytes === 0 && frame.delta.embedding === undefined && frame.delta.scores === undefined) return;
    attempt.lastChunkMs = clock.monotonic();
    if (attempt.firstChunkMs === null) firstChunk(task, attempt);
    task.consumer?.onDelta(frame.index, frame.delta, logprobs);
    for (const watcher of task.watchers)
      if (frame.delta.content !== undefined) watcher.onDelta?.(frame.index, frame.delta.content);
  }

  function firstChunk(task: LiveTask, attempt: LiveAttempt): void {
    attempt.firstChunkMs = attempt.lastChunkMs;
    measureFirstToken(attempt.offer, attempt.firstChunkMs - attempt.startedMs);
    task.firstTokenMs ??= attempt.firstChunkMs;
    setStatus(task, "in_progress");
  }

  function onResult(
    node: LiveNode,
    frame: {
      taskId: string;
      attempt: number;
      chunks: number;
      usage: { promptTokens: number; completionTokens: number };
      finishReasons: ("stop" | "length" | "tool_calls" | "content_filter")[];
    },
  ): void {
    const found = current(node, frame);
    if (found === null) return;
    const { task, attempt } = found;
    const flaw = resultFlaw(task, attempt, frame);
    if (flaw !== null) return breach(task, attempt, flaw);
    task.choices.forEach((choice, i) => {
      choice.finishReason = frame.finishReasons[isPaidByInput(task.kind) ? 0 : i] ?? "stop";
    });
    attempt.claim = frame.usage;
    measureSpeed(attempt, frame.usage.completionTokens);
    release(task, attempt, "delivered");
    end(task, "completed", null);
  }

  function onFail(node: LiveNode, frame: { taskId: string; attempt: number; code: FailCode; message: string }): void {
    const found = current(node, frame);
    if (found === null) return;
    attemptFailed(found.task, found.attempt, frame.code, engineFailure(frame.code, frame.message));
  }

  function hear(node: LiveNode, frame: Extract<AgentFrame, { taskId: string }>): void {
    switch (frame.type) {
      case "chunk":
        return onChunk(node, frame);
      case "result":
        return onResult(node, frame);
      case "fail":
        return onFail(node, frame);
      case "refuse": {
        const found = current(node, frame);
        if (found === null) return;
        return attemptFailed(
          found.task,
          found.attempt,
          "refused",
          coded("node_failed", { internal: frame.reason.replace(/\p{C}+/gu, " ") }),
        );
      }
      case "accept": {
        const found = current(node, frame);
        if (found !== null) found.attempt.accepted = true;
        return;
      }
      default:
        return unreachable(frame);
    }
  }

  // ── time and loss ──────────────────────────────────────────────────────────────────────────────────────────────────

  function elsewhere(task: LiveTask): boolean {
    return nodes.serving(task.model.id).some((node) => {
      const offer = node.offers.get(task.model.id);
      return node !== task.attempt?.node && offer !== undefined && fits(node, offer, task);
    });
  }

  function checkAttempt(task: LiveTask, attempt: LiveAttempt, now: number): void {
    const overdue = overdueOf(task, attempt, { now, config, elsewhere: () => elsewhere(task) });
    if (overdue !== null) attemptFailed(task, attempt, overdue.why, overdue.failure);
  }

  function sweep(): void {
    const now = clock.monotonic();
    for (const task of tasks.values()) {
      if (task.ending) continue;
      if (now - task.createdMs > config.OVERALL_MS) {
        for (const choice of task.choices) choice.finishReason ??= "length";
        end(task, "overall_limit", deliveredBytes(task) > 0 ? null : coded("no_token_in_time"));
      } else if (task.firstTokenMs === null && now - task.createdMs > config.NO_TOKEN_MS) {
        end(task, "failed", coded("no_token_in_time"));
      } else if (task.attempt !== null) checkAttempt(task, task.attempt, now);
      else if (!scheduler.possible(task)) giveUp(task);
    }
  }

  /** Attempts of one node; a node runs few, so the scan over tasks happens only when its socket changes. */
  function attemptsOf(node: LiveNode): { task: LiveTask; attempt: LiveAttempt }[] {
    const found: { task: LiveTask; attempt: LiveAttempt }[] = [];
    for (const task of tasks.values()) {
      if (task.attempt !== null && task.attempt.node === node) found.push({ task, attempt: task.attempt });
    }
    return found;
  }

  return {
    tasks: tasks as ReadonlyMap<string, LiveTask>,
    start,
    end,
    sweep,
    forget: (task: LiveTask): void => {
      tasks.delete(task.id);
    },

    /** @returns false for a frame of a task that is not, or no longer, known */
    onFrame(node: LiveNode, frame: AgentFrame): boolean {
      if (!("taskId" in frame) || !tasks.has(frame.taskId)) return false;
      hear(node, frame);
      return true;
    },

    /** After `hello`: attempts the agent no longer has are failed over at once, the others are asked for from where they stand. */
    resumable(
      node: LiveNode,
      running: readonly { taskId: string; attempt: number }[],
    ): { taskId: string; attempt: number; nextSeq: number }[] {
      const kept = [];
      for (const { task, attempt } of attemptsOf(node)) {
        if (running.some((r) => r.taskId === task.id && r.attempt === attempt.number)) {
          attempt.detachedMs = null;
          attempt.lastChunkMs = clock.monotonic();
          kept.push({ taskId: task.id, attempt: attempt.number, nextSeq: attempt.nextSeq });
        } else attemptFailed(task, attempt, "node_lost", coded("node_failed", { internal: "agent restarted" }), false);
      }
      return kept;
    },

    nodeChanged(event: "joined" | "resumed" | "changed" | "disconnected" | "gone", node: LiveNode): void {
      if (event === "disconnected") {
        for (const { attempt } of attemptsOf(node)) attempt.detachedMs ??= clock.monotonic();
        return;
      }
      if (event === "gone") {
        for (const { task, attempt } of attemptsOf(node)) {
          attemptFailed(task, attempt, "node_lost", coded("node_failed", { internal: "node offline" }));
        }
        return;
      }
      for (const model of node.offers.keys()) kick(model);
    },
    kick,
  };
}
export type Runner = ReturnType<typeof createRunner>;

export function setStatus(task: LiveTask, status: LiveTask["status"]): void {
  if (task.status === status) return;
  task.status = status;
  for (const watcher of task.watchers) watcher.onStatus?.(status);
}

function continueFrom(task: LiveTask): { text: string; tokenIds?: number[]; tokens: number } {
  const choice = task.choices[0];
  const text = choice?.text ?? "";
  const ids = choice?.tokenIds ?? null;
  if (ids !== null) return { text, tokenIds: ids, tokens: ids.length };
  return { text, tokens: Math.ceil(Buffer.byteLength(text) / 3) };
}
