/**
 * What the node says of its finished attempts. A leaf is *waiting* → *said* (in the root under way) → gone once the network keeps it
 * (`rooted`). A lost line, or no word in {@link ANSWER_MS}, puts what was said back among what waits, to be said again in a new root;
 * after {@link KEEP_MS}, or beyond {@link WAITING_MAX}, a leaf is given up, the oldest first.
 */
import { type AgentFrame, type OutputLeaf, ROOT_EVERY_MS, ROOT_LEAVES_MAX } from "@farlabs/protocol";
import type { Hex } from "viem";
import type { SessionKey } from "./sessionKey.ts";
import { outputRoot } from "./tree.ts";

const ANSWER_MS = 10_000;
const KEEP_MS = 600_000;
const WAITING_MAX = 16_384;

export interface Statements {
  /** An attempt that ended with a result. */
  add(leaf: OutputLeaf): void;
  /** The network keeps a root. */
  rooted(root: string): void;
  /** The line is gone: what was under way is said again. */
  lost(): void;
  close(): void;
}

interface Waiting {
  leaf: OutputLeaf;
  sinceMs: number;
}

export interface StatementsOptions {
  session: Pick<SessionKey, "signRoot">;
  /** False while no connection is up. */
  send(frame: AgentFrame): boolean;
  now?: () => number;
}

/** Signs at most one root a second, and none while nothing finished. */
export function createStatements({ session, send, now = Date.now }: StatementsOptions): Statements {
  let waiting: Waiting[] = [];
  let said: { root: Hex; leaves: Waiting[]; atMs: number } | null = null;

  function lost(): void {
    if (said === null) return;
    waiting = [...said.leaves, ...waiting];
    said = null;
  }
  async function say(): Promise<void> {
    const nowMs = now();
    if (said !== null && nowMs - said.atMs > ANSWER_MS) lost();
    waiting = waiting.filter((one) => nowMs - one.sinceMs < KEEP_MS).slice(-WAITING_MAX);
    if (said !== null || waiting.length === 0) return;
    const leaves = waiting.slice(0, ROOT_LEAVES_MAX);
    const outputs = leaves.map((one) => one.leaf);
    const root = outputRoot(outputs);
    said = { root, leaves, atMs: nowMs };
    waiting = waiting.slice(leaves.length);
    const signature = await session.signRoot({ root, count: outputs.length, at: nowMs });
    if (!send({ type: "root", leaves: outputs, root, at: nowMs, signature })) lost();
  }
  const timer = setInterval(() => void say().catch(lost), ROOT_EVERY_MS);
  timer.unref();

  return {
    add: (leaf) => void waiting.push({ leaf, sinceMs: now() }),
    rooted(root) {
      if (said?.root === root) said = null;
    },
    lost,
    close: () => clearInterval(timer),
  };
}
