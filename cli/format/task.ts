import type { Task, TaskAttempt } from "@farlabs/sdk";
import { printable } from "../terminal/hostile.ts";
import { table } from "../terminal/table.ts";
import type { Style } from "../terminal/terminal.ts";
import { formatCharge, paidText } from "./far.ts";
import { tokensPerSecond } from "./speed.ts";
import { formatMs } from "./time.ts";

const msOr = (value: number | null): string => (value === null ? "–" : formatMs(value));

function speedOf(task: Task): string {
  const { first_token_ms: firstMs, total_ms: totalMs } = task.timings;
  if (firstMs === null || totalMs === null) return "";
  const speed = tokensPerSecond({ tokens: task.tokens_generated, firstMs, writingMs: totalMs - firstMs });
  return speed === null ? "" : `, ${speed} tokens/s`;
}

/** A lone node that came back is tried again. */
function triedText(attempts: readonly TaskAttempt[]): string {
  const nodes = new Set(attempts.map((a) => a.node_id)).size;
  return nodes > 1 ? `${nodes} nodes were tried` : `its node was tried ${attempts.length} times`;
}

/** Why the time went where it went: waiting for a slot, reading the prompt, writing the answer. */
function slowness(task: Task): string {
  const { queued_ms: queued, first_token_ms: first, total_ms: total } = task.timings;
  const isQueueMost = queued !== null && total !== null && queued > total / 2;
  const why = isQueueMost
    ? ": most of it waiting for a free slot"
    : task.attempts.length > 1
      ? `: ${triedText(task.attempts)}`
      : "";
  return `queued ${msOr(queued)}, first token after ${msOr(first)}, in all ${msOr(total)}${speedOf(task)}${why}`;
}

function charge(task: Task): string {
  const charged = BigInt(task.cost_far);
  const leg = task.asset === "VCU" ? ", put up by the treasury" : "";
  const most = `of at most ${formatCharge(BigInt(task.quote))} FAR reserved${leg}`;
  if (task.completed_at === null) return `not yet; ${most}`;
  if (charged === 0n)
    return task.tokens_generated === 0 ? `nothing, since nothing was delivered; ${most}` : `nothing; ${most}`;
  const usage = `${task.prompt_tokens} prompt + ${task.tokens_generated} output tokens`;
  const partial = task.status === "cancelled" ? ", delivered before it was cancelled" : "";
  return `${paidText(task.asset, BigInt(task.cost_vcu ?? task.cost_far))} for ${usage}${partial} ($${(Number(task.cost_usd) / 1e6).toFixed(6)} at list); ${most}`;
}

const attemptRow = (a: TaskAttempt): string[] => [
  `#${a.attempt}`,
  printable(a.node_id),
  a.status,
  `${a.tokens} tokens`,
  `first ${msOr(a.first_token_ms)}`,
  `paid ${formatCharge(BigInt(a.paid))} FAR`,
  a.reason === null ? "" : printable(a.reason),
];

/** The story of a task, for a person. */
export function explainTask(task: Task, style: Style): string[] {
  const state =
    task.error === null
      ? task.status
      : `${task.status}: ${printable(task.error.message)} (${printable(task.error.code)})`;
  const facts = [
    ["state", task.status === "completed" ? style.green(state) : style.yellow(state)],
    ["model", `${printable(task.model)} (${task.kind})`],
    ["time", slowness(task)],
    ["charged", charge(task)],
    ["ended", task.finish_reason ?? "–"],
    ["asked", task.created_at],
  ];
  const attempts = table(task.attempts.map(attemptRow), { alignRight: [3] });
  const nodes = attempts.length === 0 ? ["  no node took it"] : attempts.map((line) => `  ${line}`);
  return [style.bold(task.task_id), ...table(facts).map((l) => `  ${l}`), style.bold("Attempts"), ...nodes];
}
