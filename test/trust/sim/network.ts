/**
 * The network in virtual time: the real scheduler places tasks, the real runner follows them frame by frame, simulated agents answer. What it tells
 * of a finished task is what inference tells: nothing here knows who is honest.
 */
import type { AgentFrame, AssignFrame, EngineRequest } from "@farlabs/protocol";
import type { FinishedTask } from "@farlabs/server/judging";
import {
  createLiveNode,
  createRunner,
  createScheduler,
  inferenceConfig,
  type LiveNode,
  type LiveTask,
  NO_STAKE,
  type Nodes,
  newChoice,
  stakeOf,
  updateRoom,
  walletPayment,
} from "@farlabs/server/placing";
import type { Agent } from "./agents.ts";
import type { Physics } from "./physics.ts";
import { createTimeline, type Timeline } from "./timeline.ts";

export const MODEL = "m";
/** Output tokens a second of an honest node's stream: slow, so that a day of hours has few tasks and still keeps the nodes busy. */
export const TOKENS_PER_SECOND = 2;
const SLOTS = 2;
const READING_FACTOR = 20;

export interface Member {
  nodeId: string;
  owner: string;
  agent: Agent;
}
export interface Network extends Timeline {
  nodes: ReadonlyMap<string, LiveNode>;
  /** A user's request, placed as any. */
  ask(request: Omit<EngineRequest, "model">): void;
  /** Scores a text at one node, along the same path; null when it did not answer. */
  score(nodeId: string, request: EngineRequest, done: (scores: [number, number][] | null) => void): void;
  suspend(nodeId: string): void;
  resume(nodeId: string): void;
  setScore(nodeId: string, score: number): void;
}

function liveNodeOf({ nodeId, owner }: Member, receive: (node: LiveNode, frame: AssignFrame) => void): LiveNode {
  const machine = { gpuModel: "", vramGb: 0, cpu: "", cores: 1, memoryGb: 1 };
  const node = createLiveNode({
    nodeId,
    ownerAccount: `acct_${owner}`,
    ownerWallet: owner,
    joinTokenId: "jt",
    capabilities: { machine, engines: [] },
    score: 80,
    connectedAtMs: 0,
  });
  const kinds = ["chat" as const, "score" as const];
  const features = { tools: false, json: false, logprobs: false };
  const offer = { id: MODEL, slots: SLOTS, contextTokens: 4096, kinds, continuation: "none" as const, features };
  node.offers.set(MODEL, { offer, inFlight: 0, tokensPerSecond: 0, firstTokenMs: 0 });
  node.link = {
    send: (frame) => (frame.type === "assign" ? receive(node, frame) : undefined),
    close: () => undefined,
    backlogBytes: () => 0,
  };
  return node;
}

/** @param tell - hears of every finished user task, as listeners of inference do */
export function createNetwork(
  members: readonly Member[],
  { physics, tell }: { physics: Physics; tell: (task: FinishedTask) => void },
): Network {
  const timeline = createTimeline();
  const clock = { now: () => timeline.nowMs(), monotonic: () => timeline.nowMs() };
  const byId = new Map<string, LiveNode>();
  const seen = new Map(members.map((m) => [m.nodeId, { tasks: 0, running: 0, prompts: new Set<string>() }]));
  const agents = new Map(members.map((m) => [m.nodeId, m.agent]));
  for (const member of members) byId.set(member.nodeId, liveNodeOf(member, receive));
  const serving = [...byId.values()];
  const nodes = {
    serving: () => serving,
    violation: (node: LiveNode, kind: string) => {
      throw new Error(`${node.nodeId} broke the protocol: ${kind}`);
    },
  } as unknown as Nodes;
  const scheduler = createScheduler(nodes, clock);
  const waiting = new Map<string, (scores: [number, number][] | null) => void>();
  const runner = createRunner({ nodes, scheduler, config: inferenceConfig.parse({}), clock, finish });
  let serial = 0;

  function finish(task: LiveTask, ending: string): void {
    runner.forget(task);
    const scored = waiting.get(task.id);
    waiting.delete(task.id);
    if (scored) scored(ending === "completed" ? (task.choices[0]?.scores ?? null) : null);
    else tell(finishedOf(task, physics));
  }

  function receive(node: LiveNode, frame: AssignFrame): void {
    const agent = agents.get(node.nodeId);
    const memory = seen.get(node.nodeId);
    if (!agent || !memory) throw new Error("a frame for nobody");
    const prompt = JSON.stringify(frame.request.messages);
    const isRepeated = memory.prompts.has(prompt);
    const sight = {
      frame,
      nowMs: timeline.nowMs(),
      tasksBefore: memory.tasks,
      inFlight: memory.running,
      isRepeated,
    };
    memory.running += 1;
    const say = (frames: AgentFrame[]): void => {
      for (const one of frames) runner.onFrame(node, one);
    };
    const ref = { taskId: frame.taskId, attempt: frame.attempt };
    if (frame.kind === "score") {
      const text = frame.request.completion?.text ?? "";
      const { scores, end } = agent.score(sight, physics.read(text));
      const pairs = [...scores, ...(end && frame.request.completion?.ended ? [end] : [])].map((p): [number, number] => [
        ...p,
      ]);
      timeline.after((1000 * (pairs.length + 1)) / (TOKENS_PER_SECOND * READING_FACTOR), () => {
        memory.running -= 1;
        say(
          answerFrames(ref, { delta: { scores: pairs } }, { promptTokens: pairs.length, completionTokens: 0 }, "stop"),
        );
      });
      return;
    }
    memory.tasks += 1;
    memory.prompts.add(prompt);
    const reply = agent.answer(sight);
    const computeMs = (1000 * Math.max(1, reply.tokens)) / (TOKENS_PER_SECOND * reply.speed);
    timeline.after(computeMs, () => {
      memory.running -= 1;
      const usage = { promptTokens: 1, completionTokens: reply.claimedTokens };
      say(answerFrames(ref, { delta: { content: reply.text } }, usage, reply.ended ? "stop" : "length"));
    });
  }

  function start(request: EngineRequest, kind: "chat" | "score", nodeId?: string): string {
    const task = taskOf(`task_${serial++}`, { request, kind, nodeId, nowMs: timeline.nowMs() });
    runner.start(task);
    return task.id;
  }
  const setStake = (nodeId: string, reason: string | null): void => {
    const node = byId.get(nodeId);
    if (!node) return;
    node.stake = stakeOf(NO_STAKE, reason === null ? null : { reason, untilMs: null }, { nowMs: 0 });
    updateRoom(node);
  };

  return {
    ...timeline,
    nodes: byId,
    ask: (request) => void start({ model: MODEL, ...request }, "chat"),
    score(nodeId, request, done) {
      // The task may end within `start`, before its id is known here.
      const id = `task_${serial}`;
      waiting.set(id, done);
      start(request, "score", nodeId);
    },
    suspend: (nodeId) => setStake(nodeId, "answers_mismatch"),
    resume: (nodeId) => setStake(nodeId, null),
    setScore: (nodeId, score) => {
      const node = byId.get(nodeId);
      if (node) node.score = score;
    },
  };
}

type Usage = { promptTokens: number; completionTokens: number };
function answerFrames(
  ref: { taskId: string; attempt: number },
  { delta }: { delta: { content?: string; scores?: [number, number][] } },
  usage: Usage,
  finishReason: "stop" | "length",
): AgentFrame[] {
  return [
    { type: "chunk", ...ref, seq: 0, index: 0, delta },
    { type: "result", ...ref, chunks: 1, usage, finishReasons: [finishReason] },
  ];
}

const PROMPT_TOKENS = 20;
function taskOf(
  id: string,
  p: { request: EngineRequest; kind: "chat" | "score"; nodeId: string | undefined; nowMs: number },
): LiveTask {
  return {
    id,
    accountId: "acct_user",
    principal: {} as LiveTask["principal"],
    kind: p.kind,
    model: { id: MODEL, tokensPerSecond: TOKENS_PER_SECOND } as LiveTask["model"],
    request: p.request,
    rate8: 1n,
    payment: walletPayment("0x0", { capAccount: null }),
    payments: [],
    riskWei: 0n,
    riskGwei: 0,
    trustedOnly: false,
    promptTokens: PROMPT_TOKENS,
    promptExact: true,
    promptBytes: PROMPT_TOKENS,
    maxTokens: 4_096,
    quoteWei: 0n,
    reserved: { wei: 0n, vcu: null, micro: null },
    createdAtMs: p.nowMs,
    createdMs: p.nowMs,
    status: "pending",
    choices: [newChoice()],
    attempts: [],
    attempt: null,
    avoid: new Set(),
    prefixKeys: [],
    options: p.nodeId === undefined ? {} : { nodeId: p.nodeId },
    consumer: null,
    watchers: new Set(),
    firstTokenMs: null,
    assignedMs: null,
    ending: false,
    lastFailure: null,
    resolve: () => undefined,
  };
}

/** As inference tells it; tokens are the network's own count. */
function finishedOf(task: LiveTask, physics: Physics): FinishedTask {
  const text = task.choices[0]?.text ?? "";
  const tokens = text === "" ? 0 : physics.read(text).scores.length;
  return {
    taskId: task.id,
    accountId: task.accountId,
    model: task.model.id,
    kind: task.kind,
    request: task.request,
    status: "completed",
    choices: task.choices.map((choice) => ({ text: choice.text, finishReason: choice.finishReason })),
    purpose: "user",
    auditable: true,
    attempts: task.attempts.map((a) => ({
      nodeId: a.node.nodeId,
      ownerWallet: a.node.ownerWallet,
      firstTokenMs: a.firstChunkMs === null ? null : a.firstChunkMs - a.startedMs,
      durationMs: a.lastChunkMs - a.startedMs,
      text,
      tokenIds: null,
      tokens,
      promptTokens: PROMPT_TOKENS,
      claim: a.claim,
      end: a.end,
    })),
  };
}
