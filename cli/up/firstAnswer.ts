import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type FarClient, isFarApiError } from "@farlabs/sdk";
import { CliError } from "../errors.ts";
import { DEMO_MODEL } from "./parts/agent.ts";
import type { Supervised } from "./supervise.ts";

const JOIN_MS_MAX = 30_000;

/** Waits until the network offers the demo model. @throws CliError `node_not_joined` */
export async function untilOffered(
  client: FarClient,
  at: { agent: Supervised; logPath: string; signal: AbortSignal },
): Promise<void> {
  for (const untilMs = performance.now() + JOIN_MS_MAX; performance.now() < untilMs; await sleep(50)) {
    at.signal.throwIfAborted();
    if ((await client.models.list({ signal: at.signal })).some((m) => m.id === DEMO_MODEL)) return;
  }
  const tail = readFileSync(at.logPath, "utf8").trimEnd().split("\n").slice(-5).join("\n");
  throw new CliError("failed", "node_not_joined", {
    message: `The node did not join. Its log (${at.logPath}) ends with:\n${tail}`,
  });
}

/**
 * Asks once through the public API, so that "ready" means an answer came. A demo account that has spent everything is ready too.
 * @returns what the answer cost in wei, or null where the account has no funds left
 */
export async function firstAnswer(client: FarClient, signal: AbortSignal): Promise<bigint | null> {
  const messages = [{ role: "user" as const, content: "What is Far Labs?" }];
  try {
    const answer = await client.chat.completions.create({ model: DEMO_MODEL, messages, max_tokens: 32 }, { signal });
    return answer.far.charge ?? 0n;
  } catch (error) {
    if (isFarApiError(error) && error.status === 402) return null;
    throw error;
  }
}
