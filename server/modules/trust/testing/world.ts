/** For this module's tests: scripted nodes and inference over a real database, with a clock that the test moves. */
import type { Capabilities, EngineRequest, ModelOffer } from "@farlabs/protocol";
import { noLog } from "#platform/log";
import type { Sql } from "#platform/pg";
import { trustConfig } from "../config.ts";
import { createTrust, type TrustModule } from "../createTrust.ts";
import type { FinishedTask, SeenNode, Slasher, TrustInference } from "../doors.ts";
import type { TokenScore } from "../model/statistic.ts";
import { randomOf } from "../model/testing/random.ts";
import type { Context } from "../operations/context.ts";

export const MODEL = "far-mini";
export const MANIFEST = `0x${"ab".repeat(32)}`;
export const FAR = 10n ** 18n;

export type Member = SeenNode & {
  /** What it answers to a prompt. */
  answer(request: EngineRequest): string;
  /** What it makes of an answer, as a checker. */
  score(answer: { text: string }): TokenScore[];
};

export interface World {
  trust: TrustModule;
  /** The same that the module's operations get. */
  context: Context;
  nodes: Map<string, Member>;
  /** Ms since 1970. */
  now(): number;
  pass(ms: number): void;
  join(
    nodeId: string,
    owner: string,
    changes?: Partial<Pick<Member, "answer" | "score">> & { scores?: boolean },
  ): Member;
  /** A user's task ends at the node. */
  task(nodeId: string, changes?: { text?: string; claimed?: number; durationMs?: number; auditable?: boolean }): string;
  suspended: Map<string, { reason: string; until: number | null }>;
  scoresTold: Map<string, number>;
  /** What the treasury was asked to run. */
  submitted: { nodeId: string; kind: string; engine: EngineRequest }[];
  chain: {
    proposed: { nodeId: string; amountWei: bigint; evidence: string }[];
    cancelled: bigint[];
    executed: bigint[];
    stakeWei: bigint;
  };
  /** What each check costs from now on, and may cost beyond that. */
  costWei: bigint;
  slackWei: bigint;
  /** Checks end once this has. */
  gate: Promise<void>;
  /** Draws every lot. */
  random: () => number;
}

/** Forty words that an honest node answers to anything. */
export const HONEST = Array.from({ length: 40 }, (_, i) => `word${i}`).join(" ");
/** One pair for each word, the last for the end. */
export const ordinary = (text: string): TokenScore[] => [...text.split(" "), ""].map(() => [-0.05, 1] as const);
export const strange = (text: string): TokenScore[] => [...text.split(" "), ""].map(() => [-9, 200] as const);

const offer = (scores: boolean): ModelOffer => ({
  id: MODEL,
  slots: 4,
  contextTokens: 4_096,
  kinds: scores ? ["chat", "score"] : ["chat"],
  continuation: "exact",
  features: { tools: false, json: false, logprobs: false },
  manifestHash: MANIFEST,
});
const capabilities: Capabilities = {
  machine: { gpuModel: "NVIDIA H100", vramGb: 80, cpu: "x", cores: 8, memoryGb: 64 },
  engines: [],
};

function member(nodeId: string, owner: string, changes: Parameters<World["join"]>[2] = {}): Member {
  const { scores = true, ...own } = changes;
  return {
    ...{
      nodeId,
      ownerAccount: `acc_${owner}`,
      ownerWallet: owner,
      capabilities,
      status: "online",
      draining: false,
      isAudited: false,
    },
    offers: new Map([[MODEL, { offer: offer(scores), inFlight: 0, tokensPerSecond: 50, firstTokenMs: 50 }]]),
    link: { send: () => {}, close: () => {}, backlogBytes: () => 0 },
    answer: () => HONEST,
    score: ({ text }) => ordinary(text),
    ...own,
  };
}

function finished(node: Member, taskId: string, changes: Parameters<World["task"]>[1] = {}): FinishedTask {
  const request = { model: MODEL, messages: [{ role: "user" as const, content: "hello" }], temperature: 0 };
  const text = changes.text ?? node.answer(request);
  const tokens = text.split(" ").length;
  const attempt = {
    ...{ nodeId: node.nodeId, ownerWallet: node.ownerWallet, firstTokenMs: 50, text, tokenIds: null, tokens },
    ...{ promptTokens: 10, end: "delivered", durationMs: changes.durationMs ?? 20 * (tokens + 1) },
    claim: { promptTokens: 10, completionTokens: changes.claimed ?? tokens },
  };
  return {
    ...{ taskId, accountId: "acc_user", model: MODEL, kind: "chat", request, status: "completed", purpose: "user" },
    auditable: changes.auditable ?? true,
    choices: [{ text, finishReason: "stop" }],
    attempts: [attempt],
  };
}

/** Inference as a script: the pinned node answers, or scores, at once. */
function scripted(world: Pick<World, "nodes" | "submitted" | "costWei" | "slackWei" | "gate">, nextId: () => number) {
  const listeners = new Set<(task: FinishedTask) => void>();
  const inference: TrustInference = {
    onFinished(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    quote: () => world.costWei + world.slackWei,
    async submit(_principal, { kind, engine }, options) {
      const node = world.nodes.get(options.nodeId);
      if (node === undefined) throw new Error("no such node");
      world.submitted.push({ nodeId: options.nodeId, kind, engine });
      const given = engine.completion;
      const pairs = kind === "score" ? node.score({ text: given?.text ?? "" }) : [];
      const scores = given?.ended === true ? pairs : pairs.slice(0, -1);
      const choices = [{ text: kind === "score" ? "" : node.answer(engine), finishReason: "stop", scores }];
      return {
        taskId: `task_check_${nextId()}`,
        done: world.gate.then(() => ({ status: "completed", chargeWei: world.costWei, error: null, choices })),
      };
    },
  };
  return { inference, finish: (task: FinishedTask) => listeners.forEach((listener) => void listener(task)) };
}

export function createWorld(sql: Sql, env: Record<string, string> = {}): World {
  let nowMs = Date.UTC(2026, 10, 21, 10, 0, 0);
  let ids = 0;
  const nextId = (): number => ++ids;
  const chain: World["chain"] = { proposed: [], cancelled: [], executed: [], stakeWei: 1_000n * FAR };
  const slash: Slasher = {
    available: async () => ({ wei: chain.stakeWei, isRegistered: chain.stakeWei >= 1_000n * FAR }),
    propose: async (s) => void chain.proposed.push(s),
    cancel: async (id) => void chain.cancelled.push(id),
    execute: async (id) => void chain.executed.push(id),
  };
  const suspended: World["suspended"] = new Map();
  const scoresTold: World["scoresTold"] = new Map();
  const parts = {
    nodes: new Map<string, Member>(),
    submitted: [] as World["submitted"],
    costWei: 0n,
    slackWei: 0n,
    random: randomOf(5),
    gate: Promise.resolve(),
  };
  const { inference, finish } = scripted(parts, nextId);
  const context: Context = {
    ...{ sql, log: noLog, inference, slash, random: () => parts.random(), config: trustConfig.parse(env) },
    clock: { now: () => nowMs, monotonic: () => nowMs },
    nodes: {
      live: () => parts.nodes,
      setScore: async (nodeId, score) => void scoresTold.set(nodeId, score),
      suspend: async (nodeId, reason, until) => void suspended.set(nodeId, { reason, until }),
      resume: async (nodeId) => void suspended.delete(nodeId),
      setAudited(nodeId, isAudited) {
        const node = parts.nodes.get(nodeId);
        if (node !== undefined) node.isAudited = isAudited;
      },
    },
    modelFacts: (model) => (model === MODEL ? { tokensPerSecond: 50, weightsGb: 0, counted: true } : null),
    seal: async (accountId, plain) => Buffer.from(`${accountId}:${plain}`),
    async open(accountId, sealed) {
      const text = sealed.toString();
      if (!text.startsWith(`${accountId}:`)) throw new Error("sealed for another");
      return text.slice(accountId.length + 1);
    },
  };
  const trust = createTrust(context);
  return Object.assign(parts, {
    ...{ trust, context, suspended, scoresTold, chain },
    now: () => nowMs,
    pass(ms: number) {
      nowMs += ms;
    },
    join(nodeId: string, owner: string, changes?: Parameters<World["join"]>[2]) {
      const made = member(nodeId, owner, changes);
      parts.nodes.set(nodeId, made);
      return made;
    },
    task(nodeId: string, changes?: Parameters<World["task"]>[1]) {
      const node = parts.nodes.get(nodeId);
      if (node === undefined) throw new Error("no such node");
      const taskId = `task_${nextId()}`;
      finish(finished(node, taskId, changes));
      return taskId;
    },
  });
}
