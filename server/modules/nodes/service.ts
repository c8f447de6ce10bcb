import { type Capabilities, helloMessage, PROTOCOL_VERSION } from "@farlabs/protocol";
import { isAddress, verifyMessage } from "viem";
import { z } from "zod";
import { assert, type Clock, coded } from "#kernel";
import type { Models } from "#models";
import { createRateLimiter } from "#platform/http";
import type { Logger } from "#platform/log";
import type { Sql } from "#platform/pg";
import { createExposures, type Owned, share, updateRoom } from "./exposure.ts";
import { toInfo } from "./info.ts";
import { applySwitches, createLiveNode } from "./liveNode.ts";
import { type NodeStake, STAKE_WEI_MIN } from "./model/stake.ts";
import type { HelloFrame, HelloInput, LiveNode, Nodes } from "./nodes.ts";
import { createPresence } from "./presence.ts";
import { createRegistry, type NodeRow, type Wanted } from "./registry.ts";
import { createStakes, type Publish } from "./stakes.ts";

const TOUCH_MS = 10_000;
const SWEEP_MS = 1_000;
/** Agents behind one address may be many and all come back at once, but each hello costs a signature's check and some queries. */
const HELLOS_PER_MIN = 1_200;

export interface NodesDeps {
  sql: Sql;
  models: Models;
  clock: Clock;
  log: Logger;
  /** Writes events with the change that they tell of. */
  publish: Publish;
  /** The registry's minimum stake; 1 000 FAR when absent. */
  stakeWeiMin?: bigint;
  /** What each node has earned in epochs that are not settled, and the last settled one; asked once, at the start. */
  unsettled?: () => Promise<Unsettled>;
}
interface Unsettled {
  epoch: number;
  nodes: Readonly<Record<string, bigint>>;
}

const ownedBy = (row: NodeRow): Owned => ({
  nodeId: row.node_id,
  ownerAccount: row.owner_account,
  ownerWallet: row.owner_address,
});

/** Builds the module; `start` begins sweeping for silent nodes. */
export function createNodes(deps: NodesDeps): Nodes {
  const { sql, models, clock, log } = deps;
  const registry = createRegistry(sql);
  const stakes = createStakes({
    sql,
    clock,
    publish: deps.publish,
    minWei: deps.stakeWeiMin ?? STAKE_WEI_MIN,
  });
  const presence = createPresence(clock, log);
  const exposures = createExposures();
  const hellos = createRateLimiter({ clock });
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
    const { allowed: mayTry, retryMs } = hellos.take(input.address, { perMin: HELLOS_PER_MIN });
    if (!mayTry) throw coded("too_many_hellos", { retryAfterS: Math.ceil(retryMs / 1000) });
    const token = await verify(input);
    const { frame, link } = input;
    const row = await registry.join(token, frame.nodeKey.toLowerCase(), frame.capabilities);
    const [allowed, stake] = await Promise.all([allowedModels(frame.capabilities), stakeOfRow(row)]);
    const known = presence.nodes.get(row.node_id);
    if (presence.isBarred(row.node_id)) {
      // Finding its row has marked it online.
      await registry.touch([{ nodeId: row.node_id, status: "offline" }]);
      throw coded("node_misbehaved");
    }
    const node =
      known ??
      createLiveNode({
        nodeId: row.node_id,
        ownerAccount: row.owner_account,
        ownerWallet: row.owner_address,
        joinTokenId: token.id,
        capabilities: frame.capabilities,
        score: Number(row.reliability_score),
        connectedAtMs: clock.monotonic(),
        exposure: exposures.of(ownedBy(row)),
      });
    if (known === undefined) presence.add(node);
    node.joinTokenId = token.id;
    node.said = "online";
    presence.resume(node, link);
    presence.setOffers(node, frame.capabilities, allowed);
    adopt(node, row, stake);
    log.info("node online", { nodeId: node.nodeId, models: [...node.offers.keys()], resumed: known !== undefined });
    input.welcome?.(node);
    if (node.wanted === "drain") link.send({ type: "drain", on: true });
    presence.emit(known === undefined ? "joined" : "resumed", node);
    return node;
  }

  async function stakeOfRow(row: NodeRow): Promise<NodeStake> {
    const [stake] = await stakes.of([row]);
    assert(stake !== undefined, "one stake for one row");
    return stake;
  }

  /** Takes over what the tables say of a node. */
  function adopt(node: LiveNode, row: NodeRow, stake: NodeStake): void {
    node.score = Number(row.reliability_score);
    node.stake = stake;
    node.wanted = row.wanted;
    applySwitches(node);
    updateRoom(node);
  }

  async function refresh(nodeId: string): Promise<void> {
    if (!presence.nodes.has(nodeId) && !exposures.has(nodeId)) return;
    const row = await registry.one(nodeId);
    if (row === null) return;
    const stake = await stakeOfRow(row);
    // Away or not: what it has unsettled counts for its owner as long as it is not registered.
    share(exposures.of(ownedBy(row)), stake.held);
    const node = presence.nodes.get(nodeId);
    if (node === undefined) return;
    const drained = node.wanted === "drain";
    adopt(node, row, stake);
    if (drained !== (node.wanted === "drain")) node.link?.send({ type: "drain", on: !drained });
    presence.emit("changed", node);
  }

  function setState(node: LiveNode, state: Wanted): void {
    node.said = state;
    applySwitches(node);
    presence.emit("changed", node);
  }

  /** Ends the connection of nodes whose token was revoked. */
  function turnAway(tokens: ReadonlySet<string>): void {
    for (const node of [...presence.nodes.values()]) {
      if (!tokens.has(node.joinTokenId)) continue;
      node.link?.close("invalid_join_token", "The join token was revoked.", false);
      node.link = null;
      presence.remove(node);
    }
  }

  async function upkeep(): Promise<void> {
    const connected = [...presence.nodes.values()].filter((n) => n.link !== null);
    await registry.touch(connected.map((n) => ({ nodeId: n.nodeId, status: n.status })));
    turnAway(new Set(await registry.revokedOf([...new Set(connected.map((n) => n.joinTokenId))])));
    const now = clock.now();
    for (const { nodeId, stake } of presence.nodes.values())
      if (stake.suspension?.untilMs != null && stake.suspension.untilMs <= now) await refresh(nodeId);
  }

  async function infos(rows: readonly NodeRow[]) {
    const found = await stakes.of(rows);
    return rows.map((row, i) => {
      const stake = found[i];
      assert(stake !== undefined, "one stake for each row");
      const live = presence.nodes.get(row.node_id) ?? null;
      return toInfo({ row, live, stake, exposure: exposures.of(ownedBy(row)) });
    });
  }

  async function loadUnsettled({ epoch, nodes }: Unsettled): Promise<void> {
    const rows = await registry.many(Object.keys(nodes));
    const found = await stakes.of(rows);
    exposures.load(
      epoch,
      rows.map((row, i) => ({
        ...ownedBy(row),
        held: found[i]?.held ?? true,
        amountWei: nodes[row.node_id] ?? 0n,
      })),
    );
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

    createJoinToken: registry.insertToken,
    async revokeJoinToken(accountId, id) {
      await registry.revokeToken(accountId, id);
      turnAway(new Set([id]));
    },
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
      const [info] = await infos([await owned(accountId, nodeId)]);
      assert(info !== undefined, "one info for one row");
      return info;
    },
    async list(accountId, { cursor, limit }) {
      const rows = await registry.page(accountId, parseCursor(cursor), limit + 1);
      const page = rows.slice(0, limit);
      const last = rows.length > limit ? page.at(-1) : undefined;
      return {
        data: await infos(page),
        nextCursor: last === undefined ? null : `${last.created_at.getTime()}.${last.node_id}`,
      };
    },
    async command(accountId, nodeId, state) {
      await owned(accountId, nodeId);
      await stakes.setWanted(nodeId, state);
      const node = presence.nodes.get(nodeId);
      // Back to work means all of it: also what the agent itself had said.
      if (state === "online" && node !== undefined && node.said !== "online") {
        node.said = "online";
        node.link?.send({ type: "drain", on: false });
      }
      await refresh(nodeId);
    },
    applyRegistry: stakes.apply,
    settled({ epoch, nodes }) {
      if (epoch <= exposures.countedEpoch()) return;
      for (const [nodeId, amountWei] of Object.entries(nodes)) {
        exposures.settle(nodeId, amountWei);
        const node = presence.nodes.get(nodeId);
        if (node === undefined) continue;
        updateRoom(node);
        presence.emit("changed", node);
      }
    },
    async setScore(nodeId, score) {
      await stakes.setScore(nodeId, score);
      await refresh(nodeId);
    },
    async suspend(nodeId, reason, until) {
      await stakes.suspend(nodeId, reason, until);
      await refresh(nodeId);
    },
    async resume(nodeId) {
      await stakes.resume(nodeId);
      await refresh(nodeId);
    },
    setAudited(nodeId, isAudited) {
      const node = presence.nodes.get(nodeId);
      if (node === undefined || node.isAudited === isAudited) return;
      node.isAudited = isAudited;
      presence.emit("changed", node);
    },
    refresh,
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
      if (deps.unsettled !== undefined) await loadUnsettled(await deps.unsettled());
      const touch = (): void => {
        upkeep().catch((err: unknown) => log.warn("node presence not written", { error: err }));
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

function parseCursor(cursor: string | undefined): { at: Date; id: string } | null {
  if (cursor === undefined) return null;
  const match = /^(\d{1,15})\.([\w]{1,128})$/.exec(cursor);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw coded("invalid_request", { message: "This cursor is not one of ours.", param: "cursor" });
  }
  return { at: new Date(Number(match[1])), id: match[2] };
}
