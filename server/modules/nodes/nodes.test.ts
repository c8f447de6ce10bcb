import { helloMessage, PROTOCOL_VERSION, type ServerFrame } from "@farlabs/protocol";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newId, systemClock } from "#kernel";
import { noLog } from "#platform/log";
import { createOutbox } from "#platform/outbox";
import type { Tx } from "#platform/pg";
import { testDatabase } from "#testing";
import { addInFlight, addUnsettled, createNodes, type NodeLink, type Nodes, type RegistryEvent } from "./index.ts";

const db = await testDatabase();
const outbox = createOutbox({ sql: db.sql, log: noLog });
const FAR = 10n ** 18n;
const OWNER = `0x${"ab".repeat(20)}`;
const offer = {
  ...{ id: "m", slots: 4, contextTokens: 1_000, kinds: ["chat" as const], continuation: "none" as const },
  features: { tools: false, json: false, logprobs: false },
};
const capabilities = {
  machine: { gpuModel: "g", vramGb: 8, cpu: "c", cores: 1, memoryGb: 1 },
  engines: [{ name: "e", kind: "openai" as const, models: [offer] }],
};
const models = { offered: async () => new Set(["m"]), find: () => null, list: () => [] };

let nodes: Nodes;
let account = "";
const build = (unsettled: Record<string, bigint> = {}): Nodes =>
  createNodes({
    ...{ sql: db.sql, clock: systemClock, log: noLog, publish: outbox.publish },
    models: models as unknown as Parameters<typeof createNodes>[0]["models"],
    unsettled: async () => ({ epoch: 4, nodes: unsettled }),
  });
beforeEach(async () => {
  account = newId("acct");
  nodes = build();
  await nodes.start();
});
afterEach(() => nodes.stop());

/** An agent's side: what it was sent, and why it was closed. */
function agent(key = generatePrivateKey()) {
  const sent: ServerFrame[] = [];
  const closed: string[] = [];
  const link: NodeLink = {
    send: (frame) => sent.push(frame),
    close: (code) => closed.push(code),
    backlogBytes: () => 0,
  };
  const signer = privateKeyToAccount(key);
  const nonce = newId("nonce");
  return {
    sent,
    closed,
    async hello(at: Nodes, token: string, address = "10.0.0.1") {
      const nodeKey = signer.address;
      const message = helloMessage({ network: "t", nonce, joinToken: token, nodeKey });
      return at.hello({
        ...{ nonce, network: "t", link, address },
        frame: {
          ...{ type: "hello", protocol: PROTOCOL_VERSION, version: "1", joinToken: token, nodeKey, running: [] },
          ...{ signature: await signer.signMessage({ message }), capabilities },
        },
      });
    },
  };
}
const token = async (): Promise<string> => (await nodes.createJoinToken(account, OWNER, "")).token;
const mirror = (name: string, args: object) =>
  db.sql.begin((tx) => nodes.applyRegistry(tx as unknown as Tx, { name, args } as RegistryEvent));
const hashOf = async (nodeId: string): Promise<string> => {
  const [row] = await db.sql<{ node_hash: string }[]>`select node_hash from nodes.gpu_nodes where node_id = ${nodeId}`;
  return row?.node_hash ?? "";
};

test("a node follows the registry from newcomer to slashed, and its owner reads each state", async () => {
  const live = await agent().hello(nodes, await token());
  const pair = { owner: OWNER.toUpperCase().replace("0X", "0x"), node: await hashOf(live.nodeId) };
  const see = async () => {
    await nodes.refresh(live.nodeId);
    const { stake } = await nodes.info(account, live.nodeId);
    expect(stake.limit).toBe(live.limitWei().toString());
    return [stake.state, BigInt(stake.limit) / FAR];
  };
  expect(await see()).toEqual(["none", 10n]);
  await mirror("Held", { ...pair, amount: FAR, stake: FAR });
  expect(await see()).toEqual(["earning_in", 10n]);
  await mirror("StakeAdded", { ...pair, amount: 1_199n * FAR, stake: 1_200n * FAR });
  expect(await see()).toEqual(["registered", 1_200n]);
  await mirror("SlashProposed", { ...pair, id: 7n, amount: 300n * FAR });
  expect(await see()).toEqual(["registered", 900n]);
  await mirror("AppealResolved", { id: 7n, upheld: false });
  expect(await see()).toEqual(["registered", 900n]);
  await mirror("Slashed", { ...pair, id: 7n, amount: 300n * FAR });
  expect(await see()).toEqual(["earning_in", 10n]);
  await mirror("StakeAdded", { ...pair, amount: 100n * FAR, stake: 1_000n * FAR });
  await mirror("UnbondRequested", { ...pair, amount: 1_000n * FAR, withdrawableAt: 99n });
  expect(await see()).toEqual(["unbonding", 0n]);
  expect((await nodes.info(account, live.nodeId)).stake.withdrawable_at).toBe("1970-01-01T00:01:39.000Z");
  await mirror("Unbonded", { ...pair, amount: 1_000n * FAR });
  expect(await see()).toEqual(["none", 10n]);
  const other = await agent().hello(nodes, await token());
  await mirror("StakeAdded", {
    owner: `0x${"cd".repeat(20)}`,
    node: await hashOf(other.nodeId),
    amount: 1n,
    stake: FAR,
  });
  await nodes.refresh(other.nodeId);
  expect(other.stake.state).toBe("none");
});

test("an appeal that was upheld, and a cancelled slash, lock nothing any more", async () => {
  const live = await agent().hello(nodes, await token());
  const pair = { owner: OWNER, node: await hashOf(live.nodeId) };
  await mirror("StakeAdded", { ...pair, amount: 2_000n * FAR, stake: 2_000n * FAR });
  for (const id of [11n, 12n]) await mirror("SlashProposed", { ...pair, id, amount: 500n * FAR });
  await nodes.refresh(live.nodeId);
  expect(live.limitWei() / FAR).toBe(1_000n);
  await mirror("AppealResolved", { id: 11n, upheld: true });
  await mirror("SlashCancelled", { id: 12n });
  await nodes.refresh(live.nodeId);
  expect(live.limitWei() / FAR).toBe(2_000n);
});

test("what is at risk outlives a connection and a restart, until its epoch is settled", async () => {
  const first = await agent().hello(nodes, await token());
  addInFlight(first, 3n * FAR);
  addUnsettled(first, 2n * FAR);
  const { stake } = await nodes.info(account, first.nodeId);
  expect([stake.in_flight, stake.unsettled]).toEqual([(3n * FAR).toString(), (2n * FAR).toString()]);
  nodes.settled({ epoch: 5, nodes: { [first.nodeId]: 2n * FAR } });
  expect(first.exposure.unsettledWei).toBe(0n);

  const restarted = build({ [first.nodeId]: 4n * FAR });
  await restarted.start();
  expect((await restarted.info(account, first.nodeId)).stake.unsettled).toBe((4n * FAR).toString());
  restarted.settled({ epoch: 4, nodes: { [first.nodeId]: 4n * FAR } });
  expect((await restarted.info(account, first.nodeId)).stake.unsettled).toBe((4n * FAR).toString());
  await restarted.stop();
});

test("an owner's nodes that earn in share one limit, away or connected, over a restart, until one is registered", async () => {
  const [first, second] = [await agent().hello(nodes, await token()), await agent().hello(nodes, await token())];
  const room = (live: { room: { nowGwei: number } }) => live.room.nowGwei / 1e9;
  addInFlight(first, 6n * FAR);
  expect([room(first), room(second)]).toEqual([4, 4]);
  addInFlight(first, -6n * FAR);
  addUnsettled(first, 9n * FAR);
  const { stake } = await nodes.info(account, second.nodeId);
  expect(stake.explanation).toContain("share one limit of 10 FAR; together they have 9 FAR at risk now");

  const restarted = build({ [first.nodeId]: 9n * FAR });
  await restarted.start();
  const third = await agent().hello(restarted, await token());
  expect([room(third), (await restarted.info(account, third.nodeId)).stake.unsettled]).toEqual([1, "0"]);
  const pair = { owner: OWNER, node: await hashOf(first.nodeId) };
  await mirror("StakeAdded", { ...pair, amount: 1_000n * FAR, stake: 1_000n * FAR });
  for (const at of [nodes, restarted]) await at.refresh(first.nodeId);
  expect([room(first), room(second), room(third)]).toEqual([991, 10, 10]);
  await restarted.stop();
});

test("the owner's drain and maintenance survive a restart of the server; the agent's own word does not", async () => {
  const key = generatePrivateKey();
  const join = await token();
  const first = agent(key);
  const live = await first.hello(nodes, join);
  await nodes.command(account, live.nodeId, "drain");
  expect(live.draining).toBe(true);
  expect(first.sent).toContainEqual({ type: "drain", on: true });
  const restarted = build();
  await restarted.start();
  const second = agent(key);
  const again = await second.hello(restarted, join);
  expect([again.nodeId, again.draining]).toEqual([live.nodeId, true]);
  expect(second.sent).toContainEqual({ type: "drain", on: true });
  await restarted.command(account, again.nodeId, "maintenance");
  expect([again.draining, again.status]).toEqual([false, "maintenance"]);
  await restarted.command(account, again.nodeId, "online");
  restarted.setState(again, "drain");
  expect(again.draining).toBe(true);
  await restarted.command(account, again.nodeId, "online");
  expect([again.draining, again.status]).toEqual([false, "online"]);
  await restarted.stop();
});

test("revoking a join token turns away the nodes that joined by it, and no others", async () => {
  const made = await nodes.createJoinToken(account, OWNER, "");
  const kept = await nodes.createJoinToken(account, OWNER, "");
  const [a, b] = [agent(), agent()];
  const turned = await a.hello(nodes, made.token);
  const stays = await b.hello(nodes, kept.token);
  const gone: string[] = [];
  nodes.on((event, node) => event === "gone" && gone.push(node.nodeId));
  await nodes.revokeJoinToken(account, made.id);
  expect([a.closed, b.closed]).toEqual([["invalid_join_token"], []]);
  expect(gone).toEqual([turned.nodeId]);
  expect([...nodes.live().keys()]).toEqual([stays.nodeId]);
  await expect(agent().hello(nodes, made.token)).rejects.toMatchObject({ code: "invalid_join_token" });
});

test("a suspended node keeps its connection, takes no user task, and comes back when it is lifted", async () => {
  const live = await agent().hello(nodes, await token());
  await nodes.suspend(live.nodeId, "answers_mismatch", null);
  expect([live.stake.state, live.limitWei(), live.link === null]).toEqual(["suspended", 0n, false]);
  expect((await nodes.info(account, live.nodeId)).stake.explanation).toContain("answers_mismatch");
  expect(live.isAudited).toBe(false);
  const changes: string[] = [];
  nodes.on((event) => changes.push(event));
  for (const nodeId of [live.nodeId, live.nodeId, "node_x"]) nodes.setAudited(nodeId, true);
  expect([live.isAudited, changes]).toEqual([true, ["changed"]]);
  await nodes.resume(live.nodeId);
  await nodes.setScore(live.nodeId, 73.456);
  expect([live.stake.state, live.score]).toEqual(["none", 73.46]);
  const acts = [
    () => nodes.suspend("node_x", "r", null),
    () => nodes.resume("node_x"),
    () => nodes.setScore("node_x", 1),
  ];
  for (const act of acts) await expect(act()).rejects.toMatchObject({ code: "node_not_found" });
});

test("tokens of an account are bounded, also when asked for at once", async () => {
  await db.owner`
    insert into nodes.join_tokens (id, token_hash, owner_account, owner_address)
    select ${account} || i, decode(md5(${account} || i), 'hex'), ${account}, ${OWNER} from generate_series(1, 498) i`;
  const answers = await Promise.allSettled(Array.from({ length: 6 }, () => nodes.createJoinToken(account, OWNER, "")));
  expect(answers.filter((a) => a.status === "fulfilled").length).toBe(2);
  expect(answers.find((a) => a.status === "rejected")).toMatchObject({ reason: { code: "too_many_join_tokens" } });
});

test("nodes of an account are bounded, registered ahead or joining", async () => {
  const join = await token();
  await db.owner`
    insert into nodes.gpu_nodes (node_id, node_hash, owner_account, owner_address, gpu_model)
    select ${account} || i, '0x' || encode(sha256((${account} || i)::bytea), 'hex'), ${account}, ${OWNER}, 'g'
    from generate_series(1, 5000) i`;
  const input = { wallet: OWNER, gpuModel: "g", vramGb: 1, bandwidthMbps: 1 };
  await expect(nodes.register(account, input)).rejects.toMatchObject({ code: "too_many_nodes" });
  await expect(agent().hello(nodes, join)).rejects.toMatchObject({ code: "too_many_nodes" });
});

test("hellos from one address are bounded; another address is not slowed", async () => {
  const codes = new Set<string>();
  for (let i = 0; i < 1_300; i++) {
    const refused = await nodes
      .hello({
        ...{ nonce: "n", network: "t", address: "10.9.9.9", link: { send() {}, close() {}, backlogBytes: () => 0 } },
        frame: {
          ...{ type: "hello", protocol: 0, version: "", joinToken: "x", nodeKey: OWNER, signature: "0x", running: [] },
          capabilities,
        },
      })
      .catch((error: { code: string }) => error);
    codes.add(String((refused as { code?: string }).code));
  }
  expect([...codes]).toEqual(["node_protocol_unsupported", "too_many_hellos"]);
  await expect(agent().hello(nodes, await token(), "10.9.9.8")).resolves.toMatchObject({ status: "online" });
});
