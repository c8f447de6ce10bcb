import type { Bill } from "./bill.ts";
import type { Completion, FinishedAttempt, FinishedTask } from "./inference.ts";
import type { LiveAttempt, LiveTask } from "./live.ts";

/** A task after its durable end, as trust looks at it. */
export function finishedTask(task: LiveTask, completion: Completion, bill: Bill): FinishedTask {
  return {
    taskId: task.id,
    accountId: task.accountId,
    model: task.model.id,
    kind: task.kind,
    request: task.request,
    status: completion.status,
    error: completion.error?.code ?? null,
    choices: completion.choices,
    purpose: task.options.purpose ?? "user",
    auditable: !task.trustedOnly && task.principal.preferences?.audits !== false,
    chargeWei: bill.chargeWei,
    createdAtMs: task.createdAtMs,
    attempts: task.attempts.map((attempt) => finishedAttempt(task, attempt, bill)),
  };
}

function finishedAttempt(task: LiveTask, a: LiveAttempt, bill: Bill): FinishedAttempt {
  const paid = bill.split?.nodes.find((n) => n.attempt === a);
  const [choice] = task.choices;
  // Only a single choice is ever continued: positions in it tell the attempts that delivered apart.
  const delivered = task.attempts.filter((other) => other.bytes > 0);
  const next = delivered[delivered.indexOf(a) + 1];
  const silent = a.bytes === 0;
  return {
    number: a.number,
    nodeId: a.node.nodeId,
    ownerWallet: a.node.ownerWallet,
    startedMs: a.startedMs,
    firstTokenMs: a.firstChunkMs === null ? null : a.firstChunkMs - a.startedMs,
    durationMs: a.lastChunkMs - a.startedMs,
    text: silent ? "" : (choice?.text.slice(a.textFrom, next?.textFrom) ?? ""),
    tokenIds:
      silent || a.idsFrom === null ? null : (choice?.tokenIds?.slice(a.idsFrom, next?.idsFrom ?? undefined) ?? null),
    tokens: paid?.tokens ?? 0,
    amountWei: paid?.amountWei ?? 0n,
    claim: a.claim,
    end: a.end ?? "",
    promptTokens: task.promptTokens,
    slotsInUse: a.slotsInUse,
  };
}
