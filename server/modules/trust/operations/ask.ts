import type { EngineRequest, TaskKind } from "@farlabs/protocol";
import type { Principal } from "#identity";
import type { TokenScore } from "../model/statistic.ts";
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
export interface Asked {
  taskId: string;
  /** Null unless it was answered. */
  text: string | null;
  ended: boolean;
  scores: readonly TokenScore[];
  costWei: bigint;
  /** Why it was not answered. */
  error: string | null;
}

/** Runs one request at one node, paid by the treasury, along the path of any other task. @throws FarError when it is refused at once */
export async function ask(
  { inference }: Pick<Context, "inference">,
  { nodeId, kind, engine }: { nodeId: string; kind: TaskKind; engine: EngineRequest },
): Promise<Asked> {
  const pin = { nodeId, payer: "treasury", purpose: "check" } as const;
  const handle = await inference.submit(CHECKER, { kind, engine }, pin);
  const end = await handle.done;
  const choice = end.choices[0];
  return {
    taskId: handle.taskId,
    text: end.status === "completed" && choice !== undefined ? choice.text : null,
    ended: choice?.finishReason === "stop",
    scores: choice?.scores ?? [],
    costWei: end.chargeWei,
    error: end.status === "completed" ? null : (end.error?.code ?? end.status),
  };
}
