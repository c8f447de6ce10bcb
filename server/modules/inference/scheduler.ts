import { createHash } from "node:crypto";
import { type Continuation, FRAME_BYTES_MAX } from "@farlabs/protocol";
import { type Clock, coded, type FarError, systemClock } from "#kernel";
import { plainText } from "#models";
import type { LiveNode, LiveOffer, Nodes } from "#nodes";
import { deliveredBytes, isPaidByInput, type LiveTask } from "./live.ts";
import { expectedMs } from "./model/rank.ts";
import { createFairQueue, type FairQueue } from "./queue.ts";
import { createTrouble } from "./trouble.ts";

/** Nodes compared for one task. Sampling keeps the cost of a choice flat from ten nodes to thousands at little loss. */
const SAMPLE = 8;
const SAMPLE_ALL_UP_TO = 16;
/** Prefixes remembered per node. */
const PREFIXES_MAX = 512;
/** Output expected of a task whose caller set no tighter limit. */
const TYPICAL_OUTPUT_TOKENS = 256;

/** From this score on a staked and audited node is of good standing: where everybody starts. */
const GOOD_SCORE = 80;

/** What an `assign` frame holds beside request and text. */
const FRAME_HEAD_BYTES = 1_024;

export interface Placement {
  node: LiveNode;
  offer: LiveOffer;
}

/** Places tasks on nodes: eligibility, ranking, fair waiting. Holds no money and sends nothing. */
export function createScheduler(nodes: Nodes, clock: Pick<Clock, "monotonic"> = systemClock) {
  const trouble = createTrouble(clock);
  const queues = new Map<string, FairQueue<LiveTask>>();
  const prefixes = new WeakMap<LiveNode, Map<string, true>>();
  /** Node that last computed a prefix, so that affinity survives sampling. */
  const lastAt = new Map<string, LiveNode>();

  function knownShare(node: LiveNode, task: LiveTask): number {
    const known = prefixes.get(node);
    if (known === undefined || task.prefixKeys.length === 0) return 0;
    for (let i = task.prefixKeys.length - 1; i >= 0; i--) {
      const key = task.prefixKeys[i];
      if (key !== undefined && known.has(key)) return (i + 1) / (task.prefixKeys.length + 1);
    }
    return 0;
  }

  function rank(node: LiveNode, offer: LiveOffer, task: LiveTask): number {
    const region = node.capabilities.machine.region;
    const ms = expectedMs({
      promptTokens: task.promptTokens,
      knownShare: knownShare(node, task),
      outputTokens: Math.min(task.maxTokens, TYPICAL_OUTPUT_TOKENS),
      tokensPerSecond: offer.tokensPerSecond || task.model.tokensPerSecond,
      firstTokenMs: offer.firstTokenMs,
      inFlight: offer.inFlight,
      slots: offer.offer.slots,
      score: node.score,
      otherRegion: task.options.region !== undefined && region !== undefined && region !== task.options.region,
    });
    return ms + trouble.lostMs(offer);
  }

  function candidates(task: LiveTask): readonly LiveNode[] {
    const all = nodes.serving(task.model.id);
    if (all.length <= SAMPLE_ALL_UP_TO || task.options.nodeId !== undefined) return all;
    const some: LiveNode[] = [];
    for (const key of task.prefixKeys) {
      const node = lastAt.get(key);
      if (node !== undefined) some.push(node);
    }
    for (let i = 0; i < SAMPLE; i++) {
      const node = all[Math.floor(Math.random() * all.length)];
      if (node !== undefined) some.push(node);
    }
    return some;
  }

  function best(task: LiveTask, from: readonly LiveNode[]): Placement | null {
    let chosen: Placement | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const node of from) {
      const offer = node.offers.get(task.model.id);
      if (offer === undefined || offer.inFlight >= offer.offer.slots || !fits(node, offer, task)) continue;
      const ms = rank(node, offer, task);
      if (ms < least) {
        least = ms;
        chosen = { node, offer };
      }
    }
    return chosen;
  }

  return {
    /** The node with the least expected completion among those with a free slot, or null. */
    pick(task: LiveTask): Placement | null {
      const sampled = candidates(task);
      const found = best(task, sampled);
      // A sample of full nodes says little about the rest.
      return found ?? (sampled === nodes.serving(task.model.id) ? null : best(task, nodes.serving(task.model.id)));
    },

    /** Whether any connected node could take the task, busy or not. */
    possible(task: LiveTask): boolean {
      return nodes.serving(task.model.id).some((node) => {
        const offer = node.offers.get(task.model.id);
        return offer !== undefined && fits(node, offer, task, node.room.idleGwei);
      });
    },

    /** Why no connected node can take the task: the nearest miss, as the caller is told. */
    obstacle(task: LiveTask): FarError {
      const model = task.model.id;
      const serving = nodes.serving(model).filter(isWorking);
      const able = serving.filter((node) => {
        const offer = node.offers.get(model);
        return offer !== undefined && isAble(node, offer, task);
      });
      if (able.some((node) => isWelcome(node, task))) return coded("stake_limit_reached", { retryAfterS: 30 });
      if (able.length > 0 && task.trustedOnly) return coded("no_trusted_node", { retryAfterS: 30 });
      if (able.length === 0 && serving.length > 0)
        return coded("unsupported_parameter", {
          message: `No online node of ${model} can serve what this request asks for (tools, JSON, logprobs or this endpoint).`,
        });
      const message =
        able.length === 0
          ? `No node that serves ${model} is online right now.`
          : `No node that serves ${model} may take this now: each is suspended, leaving, or not staked.`;
      return coded("no_node", { message, retryAfterS: 10 });
    },

    /** An attempt on the offer ended so. */
    ended: trouble.note,

    remember(node: LiveNode, task: LiveTask): void {
      if (task.prefixKeys.length === 0) return;
      const known = prefixes.get(node) ?? new Map<string, true>();
      prefixes.set(node, known);
      for (const key of task.prefixKeys) {
        known.delete(key);
        known.set(key, true);
        lastAt.delete(key);
        lastAt.set(key, node);
      }
      evict(known, PREFIXES_MAX);
      evict(lastAt, PREFIXES_MAX * 64);
    },

    queue(model: string): FairQueue<LiveTask> {
      let queue = queues.get(model);
      if (queue === undefined) {
        queue = createFairQueue<LiveTask>();
        queues.set(model, queue);
      }
      return queue;
    },
    queues: queues as ReadonlyMap<string, FairQueue<LiveTask>>,
  };
}

export type Scheduler = ReturnType<typeof createScheduler>;

function evict(map: Map<string, unknown>, max: number): void {
  for (const key of map.keys()) {
    if (map.size <= max) return;
    map.delete(key);
  }
}

/** Eligibility apart from free slots: may this node run, or continue, this task? Two numbers say whether its stake covers it. */
export function fits(node: LiveNode, offer: LiveOffer, task: LiveTask, roomGwei = node.room.nowGwei): boolean {
  return task.riskGwei <= roomGwei && isWelcome(node, task) && isWorking(node) && isAble(node, offer, task);
}

const isWorking = (node: LiveNode): boolean => node.link !== null && !node.draining && node.status === "online";

/** Whether the node's standing lets it have the task. A pinned task is an audit's, and reaches suspended nodes too. */
function isWelcome(node: LiveNode, task: LiveTask): boolean {
  const { state } = node.stake;
  if (state === "unbonding") return false;
  if (task.options.nodeId !== undefined) return task.options.nodeId === node.nodeId;
  if (state === "suspended") return false;
  // The contract pays a single task to one operator, who claims it: never to a held stake.
  if (task.options.onchainTask !== undefined && state !== "registered") return false;
  return !task.trustedOnly || (state === "registered" && node.isAudited && node.score >= GOOD_SCORE);
}

/** Whether the offer can do what is asked, and the node was not tried in vain. */
function isAble(node: LiveNode, offer: LiveOffer, task: LiveTask): boolean {
  if (task.avoid.has(node.nodeId)) return false;
  const { kinds, features } = offer.offer;
  if (!kinds.includes(task.kind)) return false;
  const r = task.request;
  if (r.tools !== undefined && !features.tools) return false;
  if (r.response_format !== undefined && r.response_format.type !== "text" && !features.json) return false;
  if (r.logprobs === true && !features.logprobs) return false;
  return deliveredBytes(task) === 0 || continuable(task, offer.offer.continuation);
}

/** Whether text already delivered can be gone on with by an engine of this kind (the table in docs/failover.md). */
function continuable(task: LiveTask, how: Continuation): boolean {
  if (isPaidByInput(task.kind) || task.choices.length !== 1 || task.options.onchainTask !== undefined) return false;
  const [choice] = task.choices;
  if (choice === undefined || choice.toolCalls.length > 0 || !fitsFrame(task)) return false;
  if (how === "none") return false;
  if (how === "exact") return true;
  return (
    task.request.logprobs !== true && task.request.response_format === undefined && task.request.tools === undefined
  );
}

/** A node takes no frame beyond the protocol's bound: text that would make one must not be sent, or it would lose its line. */
function fitsFrame(task: LiveTask): boolean {
  const [choice] = task.choices;
  // Escaped, a character of JSON takes at most six bytes; an id and its comma at most seventeen.
  const most = 6 * (choice?.text.length ?? 0) + 17 * (choice?.tokenIds?.length ?? 0);
  return most + Buffer.byteLength(JSON.stringify(task.request)) < FRAME_BYTES_MAX - FRAME_HEAD_BYTES;
}

/** Keys of the conversation's prefixes, shortest first; the last message is left out, since it is what is new. */
export function prefixKeys(task: { model: string; messages?: LiveTask["request"]["messages"] }): string[] {
  const messages = task.messages;
  if (messages === undefined || messages.length < 2) return [];
  const keys: string[] = [];
  const hash = createHash("sha1").update(task.model);
  for (const message of messages.slice(0, -1).slice(0, 16)) {
    hash.update(message.role).update("\0").update(plainText(message.content)).update("\0");
    keys.push(hash.copy().digest("base64"));
  }
  return keys;
}
