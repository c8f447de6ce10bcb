import type { EngineRequest, TaskKind } from "@farlabs/protocol";
import type { Principal } from "#identity";
import type { CheckHandle } from "../doors.ts";
import type { TokenScore } from "../model/statistic.ts";
import { holdUserTasks, type Lack, reserve } from "./budget.ts";
import { CHECK_ACCOUNT, type Context } from "./context.ts";

/** Nodes never see who asks; this is for our own rows. It can neither sign in nor pay. */
const CHECKER: Principal = {
  accountId: CHECK_ACCOUNT,
  via: "key",
  keyId: null,
  sessionId: null,
  scopes: new Set(["inference"]),
  wallets: [],
  capAccount: null,
  ratePerMin: Number.MAX_SAFE_INTEGER,
  concurrencyMax: Number.MAX_SAFE_INTEGER,
};
/** Not asked: what the treasury pays for checks does not reach. */
export interface Unpaid {
  lack: Lack;
}
export interface Asked {
  lack: null;
  taskId: string;
  /** Null unless it was answered. */
  text: string | null;
  ended: boolean;
  scores: readonly TokenScore[];
  /** Why it was not answered. */
  error: string | null;
}

export interface Question {
  /** Who is asked. */
  nodeId: string;
  /** Whose node is checked by it, which its budget pays for; lower-case. */
  owner: string;
  kind: TaskKind;
  engine: EngineRequest;
  /** Must not pay the node more than users did. */
  earned?: boolean;
}

/**
 * Runs one request at one node, along the path of any other task. The only way on which the treasury pays for checks: the worst case is set aside
 * before, and an owner whose budget is spent gets no user tasks meanwhile.
 * @throws FarError when it is refused at once
 */
export async function ask(context: Context, question: Question): Promise<Asked | Unpaid> {
  const { nodeId, owner, kind, engine, earned = false } = question;
  const pin = { nodeId, payer: "treasury", purpose: "check" } as const;
  const worstWei = context.inference.quote(CHECKER, { kind, engine }, pin);
  const reserved = await reserve(context, { owner, worstWei, ...(earned ? { earner: nodeId } : {}) });
  if (reserved.lack !== null) {
    if (reserved.lack === "owner") await holdUserTasks(context, owner);
    return { lack: reserved.lack };
  }
  let costWei = 0n;
  try {
    const handle = await context.inference.submit(CHECKER, { kind, engine }, pin);
    const end = await handle.done;
    costWei = end.chargeWei;
    return askedOf(handle, end);
  } finally {
    await reserved.end(costWei);
  }
}

function askedOf(handle: CheckHandle, end: Awaited<CheckHandle["done"]>): Asked {
  const choice = end.choices[0];
  return {
    lack: null,
    taskId: handle.taskId,
    text: end.status === "completed" && choice !== undefined ? choice.text : null,
    ended: choice?.finishReason === "stop",
    scores: choice?.scores ?? [],
    error: end.status === "completed" ? null : (end.error?.code ?? end.status),
  };
}
