import { type Capabilities, helloMessage, type NodeInfo, PROTOCOL_VERSION } from "@farlabs/protocol";
import { isAddress, verifyMessage } from "viem";
import { z } from "zod";
import { type Clock, coded } from "#kernel";
import type { Models } from "#models";
import type { Logger } from "#platform/log";
import type { Sql } from "#platform/pg";
import type { HelloFrame, HelloInput, LiveNode, Nodes } from "./nodes.ts";
import { createPresence } from "./presence.ts";
import { createRegistry, type NodeRow } from "./registry.ts";

const TOUCH_MS = 10_000;
const SWEEP_MS = 1_000;

export interface NodesDeps {
  sql: Sql;
  models: Models;
  clock: Clock;
  log: Logger;
}

/** Builds the module; `start` begins sweeping for silent nodes. */
export function createNodes({ sql, models, clock, log }: NodesDeps): Nodes {
  const registry = createRegistry(sql);
  const presence = createPresence(clock, log);
  const timers: NodeJS.Timeout[] = [];

  async function allowedModels(capabilities: Capabilities): Promise<Set<string>> {
    const offers = capabilities.engines.flatMap((e) => e.models);
    const known = await models.offered(offers);
    const vram = capabilities.machine.vramGb;
    return new Set([...known].filter((id) => vram >= (models.find(id)?.vramGbMin ?? 0)));
  }

  async function verify(input: { nonce: string; network: string; frame: HelloFrame }) {
    const { frame, nonce, network } = input;
    if (frame.protocol !== PROTOCOL_VERSION) throw coded("node_protocol_unsupported");
    const token = await registry.token(frame.joinToken);
    const message = helloMessage({ network, nonce, joinToken: frame.joinToken, nodeKey: frame.nodeKey });
    const signed = await verifyMessage({
      address: frame.nodeKey as `0x${string}`,
      message,
      signature: frame.signature as `0x${string}`,
    }).catch(() => false);
    if (!signed) throw coded("invalid_node_signature");
    // The token's owner decides who earns; an agent may not name another wallet.
    if (frame.ownerWallet !== undefined && frame.ownerWallet.toLowerCase() !== token.owner_address) {
      throw coded("invalid_join_token", {
        message: "This join token pays another wallet than the one the agent was started with.",
      });
    }
    return token;
  }

  async function hello(input: HelloInput): Promise<LiveNode> {
    const token = await verify(input);
    const { frame, link } = input;
    const row = await registry.join(token, frame.nodeKey.toLowerCase(), token.owner_address, frame.capabilities);
    const allowed = await allowedModels(frame.capabilities);
    const known = presence.nodes.get(row.node_id);
    if (presence.isBarred(row.node_id)) {
      // Finding its row has marked it online.
      await registry.touch([{ nodeId: row.node_id, status: "offline" }]);
      throw coded("node_misbehaved");
    }
    const node = known ?? newLiveNode(row, frame.capabilities, clock.monotonic());
    if (known === undefined) presence.add(node);
    presence.resume(node, link);
    presence.setOffers(node, frame.capabilities, allowed);
    node.draining = false;
    log.info("node online", { nodeId: node.nodeId, models: [...node.offers.keys()], resumed: known !== undefined });
    input.welcome?.(node);
    presence.emit(known === undefined ? "joined" : "resumed", node);
    return node;
  }

  function setState(node: LiveNode, state: "online" | "drain" | "maintenance"): void {
    node.draining = state === "drain";
    node.status = state === "maintenance" ? "maintenance" : "online";
    presence.emit("changed", node);
  }

  async function owned(accountId: string, nodeId: string): Promise<NodeRow> {
    const row = await registry.one(nodeId);
    if (row === null || row.owner_account !== accountId) throw coded("node_not_found");
    return row;
  }

  return {
    hello,
    heartbeat: presence.heartbeat,
    async capabilities(node, capabilities) {
      presence.setOffers(node, capabilities, await allowedModels(capabilities));
      presence.emit("changed", node);
    },
    setState,
    disconnected: presence.disconnected,
    violation: presence.violation,
    live: () => presence.nodes,
    serving: presence.serving,
    on: presence.on,

    createJoinToken: (accountId, ownerWallet, name) => registry.insertToken(accountId, ownerWallet, name, null),
    revokeJoinToken: registry.revokeToken,
    async register(accountId, input) {
      if (!isAddress(input.wallet))
        throw coded("invalid_request", { message: "wallet_address is not a valid address.", param: "wallet_address" });
      const made = await registry.register(accountId, input);
      const supportedModels = models
        .list()
        .filter((m) => m.vramGbMin <= input.vramGb)
        .map((m) => m.id);
      return { ...made, supportedModels };
    },
    async info(accountId, nodeId) {
      const row = await owned(accountId, nodeId);
      return toInfo(row, presence.nodes.get(nodeId) ?? null);
    },
    async list(accountId, { cursor, limit }) {
      const rows = await registry.page(accountId, parseCursor(cursor), limit + 1);
      const page = rows.slice(0, limit);
      const last = rows.length > limit ? page.at(-1) : undefined;
      return {
        data: page.map((row) => toInfo(row, presence.nodes.get(row.node_id) ?? null)),
        nextCursor: last === undefined ? null : `${last.created_at.getTime()}.${last.node_id}`,
      };
    },
    async command(accountId, nodeId, state) {
      await owned(accountId, nodeId);
      const node = presence.nodes.get(nodeId);
      if (node?.link === null || node === undefined) throw coded("node_offline");
      if (state !== "maintenance") node.link.send({ type: "drain", on: state === "drain" });
      setState(node, state);
    },
    async ownerOf(nodeId) {
      return presence.nodes.get(nodeId)?.ownerAccount ?? (await registry.one(nodeId))?.owner_account ?? null;
    },
    ownerWallets: registry.ownerWallets,
    taskFinished: (tx, events) =>
      registry.addEarnings(
        tx,
        events.map((e) => finishedEvent.parse(e.payload)),
      ),
    async totals() {
      const row = await registry.totals();
      return { totalNodes: row.nodes, totalVramGb: row.vram, averageScore: row.score };
    },
    async start() {
      await registry.allOffline();
      const touch = (): void => {
        const seen = [...presence.nodes.values()]
          .filter((n) => n.link !== null)
          .map((n) => ({ nodeId: n.nodeId, status: n.status }));
        registry.touch(seen).catch((err: unknown) => log.warn("node presence not written", { error: err }));
      };
      timers.push(setInterval(touch, TOUCH_MS), setInterval(presence.sweep, SWEEP_MS));
      presence.on((event, node) => {
        if (event === "gone") registry.touch([{ nodeId: node.nodeId, status: "offline" }]).catch(() => undefined);
      });
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      for (const node of presence.nodes.values())
        node.link?.close("shutdown", "The network restarts; reconnect.", true);
    },
  };
}

/** What this module reads of `inference.task_finished`. */
const finishedEvent = z.object({
  nodes: z.array(z.object({ node_id: z.string(), amount: z.string().regex(/^\d+$/) })),
});

function newLiveNode(row: NodeRow, capabilities: Capabilities, nowMs: number): LiveNode {
  return {
    nodeId: row.node_id,
    ownerAccount: row.owner_account,
    ownerWallet: row.owner_address,
    connectedAtMs: nowMs,
    capabilities,
    offers: new Map(),
    score: Number(row.reliability_score),
    status: "online",
    draining: false,
    telemetry: {},
    lastSeenMs: nowMs,
    violations: 0,
    link: null,
  };
}

function parseCursor(cursor: string | undefined): { at: Date; id: string } | null {
  if (cursor === undefined) return null;
  const match = /^(\d{1,15})\.([\w]{1,128})$/.exec(cursor);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw coded("invalid_request", { message: "This cursor is not one of ours.", param: "cursor" });
  }
  return { at: new Date(Number(match[1])), id: match[2] };
}

function toInfo(row: NodeRow, live: LiveNode | null): NodeInfo {
  const offers = [...(live?.offers.values() ?? [])];
  const metrics = Object.fromEntries(
    Object.entries(live?.telemetry ?? {}).filter(([, v]) => v !== undefined),
  ) as Record<string, number>;
  return {
    node_id: row.node_id,
    owner_address: row.owner_address,
    gpu_model: row.gpu_model,
    vram_gb: Number(row.vram_gb),
    status: live === null || live.link === null ? "offline" : live.status,
    draining: live?.draining ?? false,
    reliability_score: Number(row.reliability_score),
    tasks_completed: Number(row.tasks_completed),
    total_earned: row.total_earned,
    models: offers.map((o) => o.offer.id),
    slots: { used: offers.reduce((n, o) => n + o.inFlight, 0), total: offers.reduce((n, o) => n + o.offer.slots, 0) },
    metrics,
    country: row.location_country,
    region: row.location_region,
    created_at: row.created_at.toISOString(),
    last_seen: row.last_seen?.toISOString() ?? null,
  };
}
