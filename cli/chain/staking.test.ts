/** The commands of holders and operators, on the real contracts, with the network away but for proofs. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTestNetwork, type TestNetwork, type TestWallet } from "@farlabs/chain/local/testing";
import { encodeAbiParameters, type Hex, keccak256, parseEther, zeroHash } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readConfig } from "../config.ts";
import { run } from "../run.ts";
import { testTerminal } from "../terminal/testTerminal.ts";
import { GAS_MAX } from "./gas.ts";

const home = mkdtempSync(join(tmpdir(), "far-stake-"));
const key = generatePrivateKey();
const account = privateKeyToAccount(key);
const NODE = "node_cli_1";
let network: TestNetwork;
let user: TestWallet;
let payer: TestWallet;
let api: Server;
let url = "";
let epoch = 0n;
const rooted = { cumulative: parseEther("2"), epoch: 0n };

/** A tree of one leaf: it is its own root and needs no siblings. */
const leafOf = (cumulativeWei: bigint): Hex => {
  const words = encodeAbiParameters([{ type: "address" }, { type: "uint256" }], [account.address, cumulativeWei]);
  return keccak256(keccak256(words));
};

function answer(path: string): { status: number; body: unknown } {
  if (path === `/api/v1/network/epochs/${rooted.epoch}/payees/${account.address}`)
    return { status: 200, body: { cumulative: rooted.cumulative.toString(), proof: [] } };
  if (path.startsWith("/api/v1/nodes")) return { status: 200, body: { data: [{ node_id: NODE }], next_cursor: null } };
  return { status: 404, body: { error: { code: "not_found", message: "Nothing is found here." } } };
}

beforeAll(async () => {
  network = await startTestNetwork({ params: { disputeDelayS: 1, unbondDelayS: 2, stakeUnbondDelayS: 1 } });
  await network.local.fundGas(account.address);
  await network.roles.treasury.transfer({ to: account.address, amountWei: parseEther("5000") });
  user = { account, chain: network.connect(account) };
  payer = await network.wallet(parseEther("1000"));
  await payer.chain.deposit({ amountWei: parseEther("500") });
  api = createServer((request, response) => {
    const { status, body } = answer(request.url?.split("?")[0] ?? "");
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => void api.listen(0, "127.0.0.1", resolve));
  const address = api.address();
  url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  writeFileSync(join(home, "key"), key, { mode: 0o600 });
});
afterAll(async () => {
  api.close();
  await network.close();
  rmSync(home, { recursive: true, force: true });
});

async function far(line: string[], env: Record<string, string> = {}) {
  const terminal = testTerminal();
  const { farToken, inferencePayment, priceFeed, nodeRegistry, staking } = network.contracts;
  const config = readConfig({
    ...{
      HOME: home,
      XDG_CONFIG_HOME: home,
      FAR_STATE: join(home, "state"),
      FAR_API_URL: url,
      FAR_API_KEY: "far_test_x",
    },
    ...{ BSC_RPC_URL: network.local.rpcUrl, CHAIN_ID: String(network.local.chainId) },
    ...{ FAR_TOKEN_ADDRESS: farToken, INFERENCE_PAYMENT_ADDRESS: inferencePayment, PRICE_FEED_ADDRESS: priceFeed },
    ...{ NODE_REGISTRY_ADDRESS: nodeRegistry, STAKING_ADDRESS: staking },
    ...env,
  });
  const args = [...line, "--key-file", join(home, "key")];
  const code = await run({ args, terminal, config, signal: new AbortController().signal });
  return { code, out: terminal.stdout(), err: terminal.stderr() };
}
const held = (): Promise<bigint> => user.chain.tokenBalance({ wallet: account.address });
async function gasOf(hash: string): Promise<bigint> {
  return (await user.chain.reader.getTransactionReceipt({ hash: hash as Hex })).gasUsed;
}
interface Batch {
  stakersWei?: bigint;
  creditWei?: bigint;
  rootedWei?: bigint;
}
async function settle({ stakersWei: alone = 0n, creditWei = 0n, rootedWei = 0n }: Batch): Promise<void> {
  epoch += 1n;
  // The contract holds the settler to the split: 60, 20, 20.
  const fifthWei = (creditWei + rootedWei + 2n) / 3n;
  const [stakersWei, treasuryWei] = [alone + fifthWei, fifthWei];
  await network.roles.oracle.settleBatch({
    ...{ epoch, taskCount: 1, receiptsRoot: `0x${"11".repeat(32)}`, treasuryDebitWei: 0n, treasuryWei },
    ...{ stakersWei, rootedWei, payeesRoot: rootedWei > 0n ? leafOf(rooted.cumulative) : zeroHash },
    debits: [{ wallet: payer.account.address, amountWei: stakersWei + creditWei + rootedWei + treasuryWei }],
    credits: creditWei > 0n ? [{ payee: account.address, amountWei: creditWei }] : [],
  });
}

it("says there is nothing, where nothing is", async () => {
  const { code, out, err } = await far(["unstake"]);
  expect([code, out]).toEqual([0, ""]);
  expect(err).toContain("Nothing is staked");
  expect((await far(["unstake", "--json"])).out.trim()).toBe("[]");
  expect((await far(["unstake", "7"])).code).toBe(4);
  const claim = await far(["claim", "--staker"]);
  expect(claim.code).toBe(4);
  expect(claim.err).toContain("Nothing can be claimed");
});

it("tells date, weight and gas before it asks, and does nothing without a yes", async () => {
  const before = await held();
  const { code, err } = await far(["stake", "100", "--lock", "90"]);
  expect(code).toBe(2);
  const day = new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10);
  expect(err).toContain(`locked until about ${day}`);
  expect(err).toContain("counts as 125 FAR");
  expect(err).toMatch(/Gas: at most about [\d.e-]+ ETH/);
  expect(await held()).toBe(before);
});

it("stakes with a permit, within the gas that was shown, and shows the stake", async () => {
  const { code, out } = await far(["stake", "100", "--lock", "90", "--yes", "--json"]);
  expect(code).toBe(0);
  const done = JSON.parse(out) as Record<string, string>;
  expect(done).toMatchObject({
    amount: parseEther("100").toString(),
    weight: parseEther("125").toString(),
    lock_days: 90,
  });
  expect(await gasOf(done.transaction ?? "")).toBeLessThanOrEqual(GAS_MAX.stake);
  expect(await user.chain.allowance({ wallet: account.address, spender: network.contracts.staking })).toBe(0n);
  expect((await far(["unstake"])).out).toMatch(/1 {2}100 FAR {2}counts as 125 {2}locked until/);
  const early = await far(["unstake", "1", "--yes"]);
  expect(early.code).toBe(1);
  expect(early.err).toContain("is locked until");
});

it("refuses what it does not have, and locks that do not exist", async () => {
  expect((await far(["stake", "999999", "--yes"])).code).toBe(5);
  expect((await far(["stake", "1", "--lock", "31", "--yes"])).err).toContain("--lock is 0, 30, 90, 180, 365 days");
  expect((await far(["stake", "0", "--yes"])).code).toBe(2);
});

it("takes a stake without a lock back in two calls", async () => {
  const staked = JSON.parse((await far(["stake", "10", "--yes", "--json"])).out) as { position_id: string };
  const first = await far(["unstake", staked.position_id, "--yes", "--json"]);
  expect(first.err).toContain("earn nothing from now on");
  const asked = JSON.parse(first.out) as { paid: boolean; transaction: string };
  expect(asked.paid).toBe(false);
  expect(await gasOf(asked.transaction)).toBeLessThanOrEqual(GAS_MAX.unstake);
  const { unlockAtS } = (await user.chain.stakingState({ user: account.address })).positions.find(
    (p) => p.isUnbonding,
  ) ?? {
    unlockAtS: 0n,
  };
  while (BigInt(Math.floor(Date.now() / 1_000)) <= unlockAtS) await new Promise((resolve) => setTimeout(resolve, 100));
  const before = await held();
  const second = JSON.parse((await far(["unstake", staked.position_id, "--yes", "--json"])).out) as { paid: boolean };
  expect(second.paid).toBe(true);
  expect((await held()) - before).toBe(parseEther("10"));
});

it("claims rewards without the network", async () => {
  await settle({ stakersWei: parseEther("10") });
  await network.roles.oracle.pullRevenue();
  await network.passTime(2);
  const before = await held();
  const { code, out, err } = await far(["claim", "--staker", "--yes", "--json"], { FAR_API_URL: "http://127.0.0.1:9" });
  expect(code).toBe(0);
  expect(err).toContain("rewards of your stakes");
  const { claimed } = JSON.parse(out) as { claimed: { as: string; amount: string; transaction: string }[] };
  expect(claimed).toHaveLength(1);
  expect(BigInt(claimed[0]?.amount ?? 0)).toBe((await held()) - before);
  expect(await gasOf(claimed[0]?.transaction ?? "")).toBeLessThanOrEqual(GAS_MAX.claimRewards);
});

it("claims all an operator is owed: credits, what a root holds, and unbonded stake", async () => {
  await user.chain.registerNode({ nodeId: NODE, amountWei: parseEther("1000") });
  await user.chain.requestUnbond({ nodeId: NODE, amountWei: parseEther("1000") });
  await settle({ creditWei: parseEther("3"), rootedWei: parseEther("2") });
  rooted.epoch = epoch;
  const root = await user.chain.payeesRootOf({ epoch });
  const { withdrawableAtS } = await user.chain.nodeState({ owner: account.address, nodeId: NODE });
  const dueS = [root?.claimableAtS ?? 0n, withdrawableAtS].reduce((a, b) => (a > b ? a : b));
  while (BigInt(Math.floor(Date.now() / 1_000)) <= dueS) await new Promise((resolve) => setTimeout(resolve, 100));
  const before = await held();
  const { code, out, err } = await far(["claim", "--operator", "--yes", "--json"]);
  expect(code).toBe(0);
  expect(err).toContain(`the root of epoch ${epoch}`);
  const { claimed } = JSON.parse(out) as { claimed: { amount: string; transaction: string }[] };
  expect(claimed.map((c) => c.amount)).toEqual(["3", "2", "1000"].map((n) => parseEther(n).toString()));
  expect((await held()) - before).toBe(parseEther("1005"));
  const bounds = [GAS_MAX.claim, GAS_MAX.claimRooted, GAS_MAX.withdrawUnbonded];
  for (const [i, bound] of bounds.entries())
    expect(await gasOf(claimed[i]?.transaction ?? "")).toBeLessThanOrEqual(bound);
  expect((await far(["claim", "--operator", "--yes"])).code).toBe(4);
});

it("claims from the escrow though the network is away, and says what it did not look at", async () => {
  await settle({ creditWei: 5n });
  const { code, err } = await far(["claim", "--operator", "--yes"], { FAR_API_URL: "http://127.0.0.1:9" });
  expect(code).toBe(0);
  expect(err).toContain("were not looked at");
  expect(await user.chain.owed({ payee: account.address })).toBe(0n);
});
