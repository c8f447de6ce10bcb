import type { Identity } from "#identity";
import { type Clock, coded, type FarError, newId } from "#kernel";
import { accountIds, type Ledger } from "#ledger";
import type { Models } from "#models";
import type { LiveNode, Nodes } from "#nodes";
import type { Logger } from "#platform/log";
import type { Contributor, GroupCommit, Sql } from "#platform/pg";
import { prepare } from "./admit.ts";
import { type AnswerPart, answerContributor } from "./answers.ts";
import type { BandTokens } from "./bill.ts";
import type { InferenceConfig } from "./config.ts";
import { finishedTask } from "./finished.ts";
import type { Completion, FinishedTask, Inference, TaskUpdate } from "./inference.ts";
import type { LiveTask } from "./live.ts";
import type { Ending } from "./model/charge.ts";
import { createOnchain, type ReadOnchainTask } from "./onchain.ts";
import { createRecovery } from "./recovery.ts";
import { type TaskPart, taskContributor } from "./rows.ts";
import { createRunner, setStatus } from "./runner.ts";
import { createScheduler } from "./scheduler.ts";
import { createSettle, type Settled, unsettled } from "./settle.ts";
import { createStore, liveToTask, rowToTask } from "./store.ts";
import { createThroughput } from "./throughput.ts";
import { createUnpaid } from "./unpaid.ts";

const SWEEP_MS = 250;
const PROGRESS_MS = 60_000;

export interface InferenceDeps {
  sql: Sql;
  commits: GroupCommit;
  identity: Identity;
  ledger: Ledger;
  models: Models;
  nodes: Nodes;
  config: InferenceConfig;
  clock: Clock;
  log: Logger;
  /** True while settlement is too far behind to admit more. */
  backlogged: () => boolean;
  /** Absent: no bytes per token were measured. */
  bandTokens?: BandTokens;
  /** Absent: there are none. */
  onchainTask?: ReadOnchainTask;
}

export interface InferenceModule extends Inference {
  /** Contributors of the parts `task` and `answer`. */
  contributors: { task: Contributor<TaskPart>; answer: Contributor<AnswerPart> };
  isRunning(taskId: string): boolean;
  /** Facts for the auditor, by task id. */
  auditTasks(
    after: string | null,
    limit: number,
  ): Promise<{ taskId: string; terminal: boolean; reservedWei: bigint; chargedWei: bigint }[]>;
  /** What nodelink hands over. */
  frames: {
    onFrame(node: LiveNode, frame: import("@farlabs/protocol").AgentFrame): boolean;
    resumable(
      node: LiveNode,
      running: readonly { taskId: string; attempt: number }[],
    ): { taskId: string; attempt: number; nextSeq: number }[];
  };
}

/** Builds the module. Register its contributors after `funds`. */
export function createInference(deps: InferenceDeps): InferenceModule {
  const { sql, commits, identity, nodes, models, config, clock, log } = deps;
  const store = createStore(sql);
  const scheduler = createScheduler(nodes, clock);
  const throughput = createThroughput(clock);
  const processId = newId("proc");
  const perAccount = new Map<string, number>();
  const timers: NodeJS.Timeout[] = [];
  const updates = new Set<(update: TaskUpdate) => void>();
  const finished = new Set<(task: FinishedTask) => void>();
  /** Accounts that may hold VCU; the others are not asked for them, and their tasks lock no float. */
  const vcuHolders = new Set<string>();
  const unpaid = createUnpaid(sql);
  const onchain = createOnchain(deps.onchainTask ?? (async () => null));
  let accepting = true;

  const settle = createSettle({
    models,
    bandTokens: deps.bandTokens ?? (() => null),
    commits,
    clock,
    log,
    answerPart: (task, completion) => answerParts(task, completion),
  });

  async function answerParts(task: LiveTask, completion: Completion): Promise<Record<string, unknown>> {
    if (task.options.keepAnswer !== true || completion.status !== "completed") return {};
    const text = completion.choices.map((c) => c.text).join("\n");
    return {
      answer: {
        taskId: task.id,
        accountId: task.accountId,
        sealed: await identity.seal(task.accountId, text),
      } satisfies AnswerPart,
    };
  }

  async function finish(task: LiveTask, ending: Ending, error: FarError | null): Promise<void> {
    let settled: Settled;
    try {
      settled = await settle(task, ending, error);
    } catch (err) {
      log.error("task could not be settled", { err, taskId: task.id });
      settled = { completion: unsettled(task), bill: null };
    }
    const { completion, bill } = settled;
    // Out of memory first: who hears of the end and asks again then reads what is durable.
    runner.forget(task);
    leave(task.accountId);
    onchain.release(task.options.onchainTask);
    throughput.tick();
    task.resolve(completion);
    setStatus(task, completion.status);
    for (const watcher of task.watchers) watcher.onEnd?.(completion);
    if (bill !== null && finished.size > 0) tellFinished(finishedTask(task, completion, bill));
  }

  function tellFinished(task: FinishedTask): void {
    for (const listener of finished) {
      try {
        listener(task);
      } catch (err) {
        log.error("a listener to finished tasks failed", { err, taskId: task.taskId });
      }
    }
  }
  const runner = createRunner({ nodes, scheduler, config, clock, finish: (...ended) => void finish(...ended) });
  const recovery = createRecovery({
    sql,
    store,
    commits,
    ledger: deps.ledger,
    processId,
    isLive: (id) => runner.tasks.has(id),
    log,
  });

  const mayHoldVcu = (accountId: string): boolean => vcuHolders.has(accountId);

  const leave = (accountId: string): void => {
    const left = (perAccount.get(accountId) ?? 1) - 1;
    if (left <= 0) perAccount.delete(accountId);
    else perAccount.set(accountId, left);
  };

  /** Everything that can refuse a task before money is touched. */
  function gate(task: LiveTask): void {
    if (!accepting)
      throw coded("server_restarted", {
        message: "The server is shutting down; try again in a moment.",
        retryAfterS: 5,
      });
    if (deps.backlogged()) throw coded("settlement_backlog", { retryAfterS: 60 });
    const model = task.model.id;
    if (!scheduler.possible(task)) throw scheduler.obstacle(task);
    if (scheduler.queue(model).size() >= config.QUEUE_MAX) {
      throw coded("queue_full", {
        retryAfterS: Math.ceil(Math.min(60, 1 + config.QUEUE_MAX / Math.max(1, throughput.perSecond()))),
      });
    }
    const running = perAccount.get(task.accountId) ?? 0;
    if (running >= task.principal.concurrencyMax) throw coded("too_many_concurrent", { retryAfterS: 1 });
  }

  function tell(task: LiveTask): void {
    for (const listener of updates) listener({ taskId: task.id, accountId: task.accountId, status: task.status });
  }

  const submit: Inference["submit"] = async (principal, request, options) => {
    if (options.onchainTask === undefined) return admit(principal, request, options);
    await onchain.take(principal, options.onchainTask);
    try {
      return await admit(principal, request, options);
    } catch (error) {
      onchain.release(options.onchainTask);
      throw error;
    }
  };

  const admit: Inference["submit"] = async (principal, request, options) => {
    const { task, done, funds } = prepare({ models, config, clock, mayHoldVcu }, principal, request, options);
    gate(task);
    perAccount.set(task.accountId, (perAccount.get(task.accountId) ?? 0) + 1);
    try {
      const unit = {
        funds,
        task: { kind: "admit", row: { task, processId } } satisfies TaskPart,
        ...options.admitParts?.(task.id),
      };
      const outcome = await commits.submit(unit);
      if (!outcome.ok) throw outcome.error;
    } catch (error) {
      leave(task.accountId);
      throw error;
    }
    if (updates.size > 0) task.watchers.add({ onStatus: () => tell(task), onEnd: () => tell(task) });
    runner.start(task);
    return {
      taskId: task.id,
      model: task.model.id,
      quoteWei: task.quoteWei,
      asset: task.payment.asset,
      quote: task.payment.asset === "VCU" ? (task.reserved.vcu ?? 0n) : task.quoteWei,
      createdAtMs: task.createdAtMs,
      done,
      cancel: () => runner.end(task, "cancelled", coded("task_cancelled")),
    };
  };

  async function ownRow(accountId: string, taskId: string) {
    const row = await store.one(taskId);
    if (row === null || row.user_id !== accountId) throw coded("task_not_found");
    return row;
  }

  return {
    submit,
    quote: (principal, request, options) =>
      prepare({ models, config, clock, mayHoldVcu }, principal, request, options).task.quoteWei,
    async task(accountId, taskId) {
      const live = runner.tasks.get(taskId);
      if (live !== undefined && live.accountId === accountId) return liveToTask(live);
      const task = rowToTask(await ownRow(accountId, taskId));
      const sealed = await store.answer(taskId);
      return sealed === null ? task : { ...task, result: await identity.open(accountId, sealed) };
    },
    async list(accountId, page) {
      const { rows, next } = await store.page(accountId, page);
      return { data: rows.map((r) => mergeLive(rowToTask(r), runner.tasks.get(r.task_id))), next_cursor: next };
    },
    async cancel(accountId, taskId) {
      const live = runner.tasks.get(taskId);
      if (live !== undefined && live.accountId === accountId)
        return runner.end(live, "cancelled", coded("task_cancelled"));
      await ownRow(accountId, taskId);
      throw coded("task_finished");
    },
    watch(taskId, watcher) {
      const live = runner.tasks.get(taskId);
      if (live === undefined) return null;
      live.choices.forEach((choice, index) => {
        if (choice.text !== "") watcher.onDelta?.(index, choice.text);
      });
      live.watchers.add(watcher);
      return () => live.watchers.delete(watcher);
    },
    onUpdate(listener) {
      updates.add(listener);
      return () => updates.delete(listener);
    },
    onFinished(listener) {
      finished.add(listener);
      return () => finished.delete(listener);
    },
    nodeAttempts: unpaid.page,
    nodeOutcomes: unpaid.outcomes,
    creditsGranted(accountId) {
      vcuHolders.add(accountId);
    },
    async ownerOf(taskId) {
      return runner.tasks.get(taskId)?.accountId ?? (await store.one(taskId))?.user_id ?? null;
    },
    isRunning: (taskId) => runner.tasks.has(taskId),
    auditTasks: (after, limit) => store.auditPage(after, limit),
    running() {
      let pending = 0;
      for (const queue of scheduler.queues.values()) pending += queue.size();
      return { pending, running: runner.tasks.size - pending, finishedPerSecond: throughput.perSecond() };
    },
    stopWallet(wallet) {
      for (const task of runner.tasks.values())
        if (task.payment.payer === wallet.toLowerCase()) runner.end(task, "cancelled", coded("wallet_frozen"));
    },
    async start() {
      await store.ensurePartitions();
      await recovery.claimProcess();
      await recovery.run();
      for (const account of await deps.ledger.holders(accountIds.credits("")))
        vcuHolders.add(account.slice(accountIds.credits("").length));
      nodes.on(runner.nodeChanged);
      timers.push(setInterval(runner.sweep, SWEEP_MS), setInterval(upkeep, PROGRESS_MS));
    },
    async stop(graceMs) {
      accepting = false;
      const until = clock.monotonic() + graceMs;
      while (runner.tasks.size > 0 && clock.monotonic() < until) await new Promise((r) => setTimeout(r, 50));
      for (const task of runner.tasks.values()) runner.end(task, "failed", coded("server_restarted"));
      while (runner.tasks.size > 0 && clock.monotonic() < until + 5_000) await new Promise((r) => setTimeout(r, 20));
      for (const timer of timers) clearInterval(timer);
      await recovery.releaseProcess();
    },
    contributors: { task: taskContributor(), answer: answerContributor },
    frames: { onFrame: runner.onFrame, resumable: runner.resumable },
  };

  function upkeep(): void {
    const jobs = [store.ensurePartitions(), store.dropExpiredAnswers(), unpaid.dropOld(), recovery.run()];
    for (const job of jobs)
      job.catch((err: unknown) => log.warn("upkeep of tasks failed; tried again in a minute", { error: err }));
  }
}

/** A row that has its end is newer than what memory still holds. */
function mergeLive(task: ReturnType<typeof rowToTask>, live: LiveTask | undefined) {
  return live === undefined || task.completed_at !== null
    ? task
    : { ...task, status: live.status, node_id: live.attempt?.node.nodeId ?? null };
}
