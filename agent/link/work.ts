/** What the node does with assignments: claims slots, runs attempts, and keeps what a reconnect may ask for again. */
import type { AgentFrame, AssignFrame, Capabilities, OutputLeaf } from "@farlabs/protocol";
import type { Engine } from "../engines/engine.ts";
import type { Log } from "../log.ts";
import { type AttemptRef, createAttempts, type Resume } from "./attempts.ts";
import { createOffers } from "./offers.ts";
import { createRate } from "./rate.ts";
import { runAttempt } from "./runAttempt.ts";

export type NodeState = "online" | "drain" | "maintenance";
type SlotRow = { model: string; used: number; total: number };

export interface WorkOptions {
  engines: readonly Engine[];
  log: Log;
  /** Sends while a connection is up, else drops: attempts keep their own frames. */
  send(frame: AgentFrame): Promise<void> | undefined;
  state(): NodeState;
  /** What an attempt delivered that ended with a result. */
  onDelivered(leaf: OutputLeaf): void;
  /** The offer is another one than was said before. */
  onOfferChange(): void;
}
export interface Work {
  /** Asks every engine anew and returns the offer. */
  refresh(): Promise<Capabilities["engines"]>;
  offer(): Capabilities["engines"];
  slots(): SlotRow[];
  tokensPerSecond(): number;
  assign(frame: AssignFrame): void;
  cancel(ref: AttemptRef): void;
  resume(named: Resume[]): AgentFrame[];
  abortAll(): void;
  /** Attempts whose frames are still here, oldest first. */
  refs(): AttemptRef[];
  running(): number;
  /** Resolves when nothing runs. */
  idle(): Promise<void>;
}

export function createWork(options: WorkOptions): Work {
  const { engines, log, send } = options;
  const attempts = createAttempts();
  const offers = createOffers(engines);
  const rate = createRate();
  let idleWaiters: (() => void)[] = [];

  function checkIdle(): void {
    if (attempts.running() > 0) return;
    const woken = idleWaiters;
    idleWaiters = [];
    for (const resolve of woken) resolve();
  }
  function refusal(frame: AssignFrame): string | undefined {
    const known = attempts.get(frame.taskId);
    if (known && known.attempt > frame.attempt) return "stale_attempt";
    if (options.state() === "drain") return "draining";
    return options.state() === "maintenance" ? "maintenance" : undefined;
  }
  function onDone(model: string, speed: { tokensPerSecond?: number }): void {
    if (speed.tokensPerSecond !== undefined && offers.measured(model, speed.tokensPerSecond)) options.onOfferChange();
    checkIdle();
  }
  const { onDelivered } = options;
  const runDeps = { attempts, send, onTokens: rate.add, onDelivered, onDone, now: () => performance.now() };

  return {
    async refresh() {
      await offers.refresh();
      return offers.capabilities();
    },
    offer: offers.capabilities,
    slots: offers.slots,
    tokensPerSecond: rate.perSecond,
    assign(frame) {
      const ref = { taskId: frame.taskId, attempt: frame.attempt };
      if (attempts.get(frame.taskId)?.attempt === frame.attempt) return;
      const claim = refusal(frame) ?? offers.claim(frame.request.model, frame.kind);
      if (typeof claim === "string") {
        send({ type: "refuse", ...ref, reason: claim });
        return;
      }
      const attempt = attempts.open(ref, claim.release);
      send({ type: "accept", ...ref });
      void runAttempt(runDeps, { frame, attempt, claim }).then((error) => {
        if (error)
          log("warn", "task failed", { ...ref, error: error instanceof Error ? error.message : String(error) });
      });
    },
    cancel(ref) {
      const attempt = attempts.get(ref.taskId);
      if (!attempt || attempt.attempt !== ref.attempt) return;
      const end = { type: "fail", ...ref, code: "aborted", message: "cancelled" } as const;
      if (attempts.finish(attempt, end)) send(end);
      attempt.abort.abort();
      checkIdle();
    },
    resume(named) {
      const again = attempts.resume(named);
      checkIdle();
      return again;
    },
    abortAll() {
      attempts.abortAll();
      checkIdle();
    },
    refs: attempts.refs,
    running: attempts.running,
    idle: () => (attempts.running() === 0 ? Promise.resolve() : new Promise((resolve) => idleWaiters.push(resolve))),
  };
}
