import { newId } from "#kernel";
import type { FinishedAttempt, FinishedTask, ModelFacts } from "../doors.ts";
import { TEMPERATURE_MAX } from "../model/calibration.ts";
import type { Band } from "../model/counts.ts";
import { isMiscounted } from "../model/counts.ts";
import { endsByItself } from "../model/judge.ts";
import { isImpossible } from "../model/plausible.ts";
import { isSampled, rateOf } from "../model/sample.ts";
import { TOKENS_MIN } from "../model/statistic.ts";
import type { Conduct } from "./conduct.ts";
import { CHECK_ACCOUNT, type Context } from "./context.ts";
import type { Measures } from "./measures.ts";
import { type About, about, scorersOf } from "./offers.ts";
import type { Roster } from "./roster.ts";
import type { Seed } from "./seeds.ts";

/** Prompts are computed many tokens at once; the scheduler ranks by the same factor. */
const PREFILL_FACTOR = 10;
/** Evidence is kept so long. */
export const EVIDENCE_MS = 7 * 86_400_000;
/** Answers that wait to be sealed and stored; beyond it a check is dropped and counted. */
const WAITING_MAX = 1_024;

export interface IntakeDeps {
  measures: Measures;
  conduct: Conduct;
  roster: Roster;
  seed(): Seed | null;
  band(model: string, owner: string): Band | null;
  /** Checked always for now, to be compared with another owner's node that is watched. */
  isAlarmed(node: { owner: string; manifest: string }): boolean;
  /** Bytes per claimed token of a canary's answer. */
  onRatio(sample: { model: string; owner: string; ratio: number }): void;
}

/** What a check needs of a task, as it is sealed. */
export interface SealedAnswer {
  request: FinishedTask["request"];
  text: string;
  tokenIds: readonly number[] | null;
  ended: boolean;
}

/** Looks at every finished task: speed, conduct, and whether it is checked. */
export function createIntake(context: Context, deps: IntakeDeps) {
  const { clock, log } = context;
  let waiting = 0;
  let dropped = 0;
  const storing = new Set<Promise<void>>();

  function measure(task: FinishedTask, attempt: FinishedAttempt, facts: ModelFacts): void {
    const { tokens, promptTokens, durationMs } = attempt;
    if (tokens < TOKENS_MIN || durationMs <= 0) return;
    const expectedMs = (1_000 * (tokens + promptTokens / PREFILL_FACTOR)) / facts.tokensPerSecond;
    if (task.purpose === "user") deps.measures.add(attempt.nodeId, { expectedMs, actualMs: durationMs, tasks: 1 });
  }

  function judgeConduct(task: FinishedTask, attempt: FinishedAttempt, facts: ModelFacts): void {
    const node = context.nodes.live().get(attempt.nodeId);
    const bytes = Buffer.byteLength(attempt.text);
    if (node === undefined || bytes === 0) return;
    const seen = { ...about(node, task.model), taskId: task.taskId };
    // Whether it signed what it sent is known later, and told only where it did not; a look it is all the same.
    if (attempt.claim !== null) deps.conduct.note(seen, null);
    if (attempt.claim !== null && attempt.end === "delivered" && task.choices.length === 1) {
      const own = facts.counted ? attempt.tokens : null;
      const miscounted = isMiscounted(
        attempt.claim.completionTokens,
        own,
        bytes,
        deps.band(task.model, node.ownerWallet),
      );
      deps.conduct.note(seen, miscounted ? "claimed_count" : null);
      if (task.purpose === "check" && attempt.claim.completionTokens > 0)
        deps.onRatio({ model: task.model, owner: node.ownerWallet, ratio: bytes / attempt.claim.completionTokens });
    }
    const timing = {
      tokens: attempt.tokens,
      freshPromptTokens: task.accountId === CHECK_ACCOUNT ? attempt.promptTokens : 0,
      firstTokenMs: attempt.firstTokenMs ?? attempt.durationMs,
      durationMs: attempt.durationMs,
      choices: task.choices.length,
    };
    const { gpuModel, vramGb } = node.capabilities.machine;
    const machine = { gpuModel, vramGb, weightsGb: facts.weightsGb, expectedTokensPerSecond: facts.tokensPerSecond };
    deps.conduct.note(seen, isImpossible(timing, machine) ? "impossible_time" : null);
  }

  /** The first attempt that wrote, since what comes after was told how to begin. */
  function sample(task: FinishedTask): void {
    const attempt = task.attempts.find((a) => a.text !== "");
    const seed = deps.seed();
    if (attempt === undefined || seed === null || !task.auditable || !isScorable(task)) return;
    const node = context.nodes.live().get(attempt.nodeId);
    const known = deps.roster.get(attempt.nodeId);
    if (node === undefined || known === undefined) return;
    // Of a few words only the end can be judged; else an answer cut to a few words would never be looked at.
    if (attempt.tokens < TOKENS_MIN && !endsByItself(task.choices[0]?.finishReason, task.request)) return;
    const where = about(node, task.model);
    const { TRUST_NEW_CHECKS: newChecks, TRUST_SAMPLE_FLOOR: floor } = context.config;
    const rate = deps.isAlarmed(where) ? 1 : rateOf(known, { newChecks, floor });
    if (!isSampled(seed.seed, { taskId: task.taskId, nodeId: node.nodeId }, rate)) return;
    if (scorersOf(context, { model: task.model, manifest: where.manifest, owner: where.owner }).length === 0) return;
    if (waiting >= WAITING_MAX) {
      dropped += 1;
      return;
    }
    waiting += 1;
    const stored = store(task, attempt, { ...where, period: seed.period, rate })
      .catch((error: unknown) => log.error("a check could not be stored", { error, taskId: task.taskId }))
      .finally(() => {
        waiting -= 1;
        storing.delete(stored);
      });
    storing.add(stored);
  }

  async function store(
    task: FinishedTask,
    attempt: FinishedAttempt,
    where: About & { period: string; rate: number },
  ): Promise<void> {
    const alone = task.attempts.filter((a) => a.text !== "").length === 1;
    const sealed: SealedAnswer = {
      request: task.request,
      text: attempt.text,
      tokenIds: attempt.tokenIds,
      ended: alone && endsByItself(task.choices[0]?.finishReason, task.request),
    };
    const box = await context.seal(task.accountId, JSON.stringify(sealed));
    const now = new Date(clock.now());
    await context.sql.begin(async (tx) => {
      const id = newId("check");
      const made = await tx`
        insert into trust.checks (id, kind, status, node_id, owner_wallet, task_id, period, rate, model, manifest, hardware, not_before, created_at)
        values (${id}, 'score', 'pending', ${where.nodeId}, ${where.owner}, ${task.taskId}, ${where.period}, ${where.rate}, ${task.model},
                ${where.manifest}, ${where.hardware}, ${now}, ${now})
        on conflict do nothing returning id`;
      if (made.length === 0) return;
      await tx`
        insert into trust.evidence (check_id, account_id, sealed, expires_at)
        values (${id}, ${task.accountId}, ${box}, ${new Date(clock.now() + EVIDENCE_MS)})`;
    });
  }

  return {
    take(task: FinishedTask): void {
      const facts = context.modelFacts(task.model);
      if (facts === null || (task.kind !== "chat" && task.kind !== "completion")) return;
      for (const attempt of task.attempts) {
        measure(task, attempt, facts);
        judgeConduct(task, attempt, facts);
      }
      if (task.purpose === "user") sample(task);
    },
    dropped: (): number => dropped,
    /** Waits for what is being stored. */
    settled: async (): Promise<void> => void (await Promise.all(storing)),
  };
}

/** Where other parameters bend what is likely, a plain model's score says nothing. */
function isScorable({ request, choices }: FinishedTask): boolean {
  return (
    choices.length === 1 &&
    (request.temperature ?? 1) <= TEMPERATURE_MAX &&
    request.tools === undefined &&
    (request.response_format === undefined || request.response_format.type === "text") &&
    (request.presence_penalty ?? 0) === 0 &&
    (request.frequency_penalty ?? 0) === 0
  );
}
