import { keccak256, parseEther, toHex } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestNetwork, type TestNetwork, type TestWallet } from "../local/testing.ts";
import { nodeKeyOf } from "../nodeKey.ts";

let network: TestNetwork;
let owner: TestWallet;
const leastWei = parseEther("1000");
const evidence = keccak256(toHex("evidence"));

beforeAll(async () => {
  network = await startTestNetwork();
  owner = await network.wallet(parseEther("10000"));
});

afterAll(() => network.close());

const nodeState = (nodeId: string) => owner.chain.nodeState({ owner: owner.account.address, nodeId });
const nowS = () => BigInt(Math.floor(Date.now() / 1000));

/** The number of the newest slash that was proposed. */
async function newestSlash(): Promise<bigint> {
  const events = await owner.chain.readEvents({ fromBlock: 0n, toBlock: 1_000_000n });
  const [last] = events.filter((event) => event.name === "SlashProposed").slice(-1);
  if (last?.name !== "SlashProposed") throw new Error("no slash was proposed");
  return last.args.id;
}

async function proposed(nodeId: string, amountWei: bigint): Promise<bigint> {
  await network.roles.slasher.proposeSlash({ owner: owner.account.address, nodeId, amountWei, evidence });
  return newestSlash();
}

test("an unknown node has nothing; the minimum registers it, with one transaction by permit", async () => {
  expect(await nodeState("node_a")).toMatchObject({ status: "none", stakeWei: 0n });
  expect(await owner.chain.minStake()).toBe(leastWei);
  await expect(owner.chain.registerNode({ nodeId: "node_a", amountWei: leastWei - 1n })).rejects.toMatchObject({
    revert: { name: "StakeBelowMinimum" },
  });
  const { blockNumber } = await owner.chain.registerNode({ nodeId: "node_a", amountWei: leastWei });
  expect(await nodeState("node_a")).toMatchObject({ status: "registered", stakeWei: leastWei });
  const events = await owner.chain.readEvents({ fromBlock: blockNumber, toBlock: blockNumber });
  expect(events.find(({ name }) => name === "NodeRegistered")).toMatchObject({
    contract: "nodeRegistry",
    name: "NodeRegistered",
    args: { owner: owner.account.address, node: nodeKeyOf("node_a"), stake: leastWei },
  });
  await owner.chain.addStake({ nodeId: "node_a", amountWei: 5n });
  expect(await owner.chain.freeStake({ owner: owner.account.address, nodeId: "node_a" })).toBe(leastWei + 5n);
});

test("stake comes back after the delay, and not before", async () => {
  await network.stakeNode(owner, "node_b");
  await network.stakeNode(owner, "node_b");
  expect((await nodeState("node_b")).stakeWei).toBe(leastWei);
  await owner.chain.requestUnbond({ nodeId: "node_b", amountWei: leastWei });
  expect(await nodeState("node_b")).toMatchObject({ stakeWei: 0n, unbondingWei: leastWei });
  await expect(owner.chain.withdrawUnbonded({ nodeId: "node_b" })).rejects.toMatchObject({
    revert: { name: "StillUnbonding" },
  });
  await owner.chain.cancelUnbond({ nodeId: "node_b" });
  await owner.chain.requestUnbond({ nodeId: "node_b", amountWei: leastWei });
  await network.passTime(120);
  const before = await owner.chain.tokenBalance({ wallet: owner.account.address });
  await owner.chain.withdrawUnbonded({ nodeId: "node_b" });
  expect(await owner.chain.tokenBalance({ wallet: owner.account.address })).toBe(before + leastWei);
});

test("a slash waits, takes at most what is there, and goes to the treasury", async () => {
  await network.stakeNode(owner, "node_c");
  const id = await proposed("node_c", 10n * leastWei);
  expect(await owner.chain.slashOf({ id })).toMatchObject({ state: "proposed", node: nodeKeyOf("node_c") });
  expect(await owner.chain.freeStake({ owner: owner.account.address, nodeId: "node_c" })).toBe(0n);
  await expect(owner.chain.executeSlash({ id })).rejects.toMatchObject({ revert: { name: "SlashNotExecutable" } });
  await network.passTime(60);
  const treasury = network.roles.treasury.account?.address ?? "0x";
  const before = await owner.chain.tokenBalance({ wallet: treasury });
  await owner.chain.executeSlash({ id });
  expect(await owner.chain.tokenBalance({ wallet: treasury })).toBe(before + leastWei);
  expect(await nodeState("node_c")).toMatchObject({ status: "none", stakeWei: 0n, slashLockedWei: 0n });
  expect((await owner.chain.slashOf({ id }))?.state).toBe("executed");
  expect(await owner.chain.slashOf({ id: 1_000n })).toBeUndefined();
});

test("an upheld appeal ends a slash, a rejected one lets it happen, the slasher may take one back", async () => {
  await network.stakeNode(owner, "node_d");
  const upheld = await proposed("node_d", 1n);
  const stranger = await network.wallet(0n);
  await expect(stranger.chain.appealSlash({ id: upheld, statement: evidence })).rejects.toMatchObject({
    revert: { name: "NotNodeOwner" },
  });
  await owner.chain.appealSlash({ id: upheld, statement: evidence });
  await network.roles.arbiter.resolveAppeal({ id: upheld, isUpheld: true });
  expect((await owner.chain.slashOf({ id: upheld }))?.state).toBe("cancelled");
  const rejected = await proposed("node_d", 2n);
  await owner.chain.appealSlash({ id: rejected, statement: evidence });
  await network.roles.arbiter.resolveAppeal({ id: rejected, isUpheld: false });
  await network.passTime(60);
  await owner.chain.executeSlash({ id: rejected });
  expect((await nodeState("node_d")).stakeWei).toBe(leastWei - 2n);
  const withdrawn = await proposed("node_d", 3n);
  await network.roles.slasher.cancelSlash({ id: withdrawn });
  await expect(owner.chain.executeSlash({ id: withdrawn })).rejects.toMatchObject({ revert: { name: "SlashNotOpen" } });
});

test("the arbiter freezes slashes for a while, and nobody else can", async () => {
  await network.stakeNode(owner, "node_e");
  const id = await proposed("node_e", 1n);
  await network.passTime(60);
  const untilS = nowS() + 86_400n;
  await expect(network.roles.slasher.freezeSlashes({ untilS })).rejects.toMatchObject({
    revert: { name: "AccessControlUnauthorizedAccount" },
  });
  await network.roles.arbiter.freezeSlashes({ untilS });
  await expect(owner.chain.executeSlash({ id })).rejects.toMatchObject({ revert: { name: "SlashingFrozen" } });
  await network.roles.arbiter.unfreezeSlashes();
  await owner.chain.executeSlash({ id });
});

test("the oracle rates a node and its owner says it lives, once a period each", async () => {
  await network.stakeNode(owner, "node_f");
  const of = { owner: owner.account.address, nodeId: "node_f" };
  await network.roles.oracle.updateNodeRating({ ...of, rating: 9_150 });
  await owner.chain.heartbeat({ nodeId: "node_f" });
  expect((await nodeState("node_f")).rating).toBe(9_150);
  await expect(network.roles.oracle.updateNodeRating({ ...of, rating: 1 })).rejects.toMatchObject({
    revert: { name: "RatingTooSoon" },
  });
  await expect(owner.chain.heartbeat({ nodeId: "node_f" })).rejects.toMatchObject({
    revert: { name: "HeartbeatTooSoon" },
  });
});

test("held earnings of an epoch become stake, and register the node when they make the minimum", async () => {
  const user = await network.wallet(parseEther("5000"));
  await user.chain.deposit({ amountWei: parseEther("5000") });
  const epoch = (await user.chain.settledEpoch()) + 1n;
  const heldWei = parseEther("1200");
  await network.roles.oracle.settleBatch({
    ...{ epoch, taskCount: 1, receiptsRoot: evidence, treasuryDebitWei: 0n, credits: [] },
    ...{ stakersWei: parseEther("400"), treasuryWei: parseEther("400") },
    debits: [{ wallet: user.account.address, amountWei: parseEther("2000") }],
    holds: [{ owner: owner.account.address, nodeId: "node_g", amountWei: heldWei }],
  });
  expect(await nodeState("node_g")).toMatchObject({ status: "registered", stakeWei: heldWei });
});
