/** A node's stake from the command line, on the real contracts. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTestNetwork, type TestNetwork } from "@farlabs/chain/local/testing";
import { parseEther } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readConfig } from "../config.ts";
import { run } from "../run.ts";
import { testTerminal } from "../terminal/testTerminal.ts";

const home = mkdtempSync(join(tmpdir(), "far-node-stake-"));
const key = generatePrivateKey();
const owner = privateKeyToAccount(key).address;
const NODE = "node_cli_stake";
let network: TestNetwork;

beforeAll(async () => {
  network = await startTestNetwork({ params: { disputeDelayS: 1, unbondDelayS: 2 } });
  await network.local.fundGas(owner);
  await network.roles.treasury.transfer({ to: owner, amountWei: parseEther("2000") });
  writeFileSync(join(home, "key"), key, { mode: 0o600 });
});
afterAll(async () => {
  await network.close();
  rmSync(home, { recursive: true, force: true });
});

async function far(...line: string[]) {
  const terminal = testTerminal();
  const { farToken, inferencePayment, priceFeed, nodeRegistry, staking } = network.contracts;
  const config = readConfig({
    ...{ HOME: home, XDG_CONFIG_HOME: home, FAR_STATE: join(home, "state"), FAR_API_URL: "http://127.0.0.1:9" },
    ...{ BSC_RPC_URL: network.local.rpcUrl, CHAIN_ID: String(network.local.chainId) },
    ...{ FAR_TOKEN_ADDRESS: farToken, INFERENCE_PAYMENT_ADDRESS: inferencePayment, PRICE_FEED_ADDRESS: priceFeed },
    ...{ NODE_REGISTRY_ADDRESS: nodeRegistry, STAKING_ADDRESS: staking },
  });
  const args = ["node", ...line, "--yes", "--json", "--key-file", join(home, "key")];
  const code = await run({ args, terminal, config, signal: new AbortController().signal });
  return { code, out: terminal.stdout(), err: terminal.stderr() };
}
const stateOf = async () => {
  const { status, stakeWei, unbondingWei } = await network.roles.oracle.nodeState({ owner, nodeId: NODE });
  return [status, stakeWei, unbondingWei];
};

it("stakes the minimum and more, takes it back, stakes it again, and pays it out when the time has passed", async () => {
  const small = await far("stake", NODE, "999");
  expect([small.code === 0, small.err.includes("stake_below_minimum")]).toEqual([false, true]);
  const foreign = await far("stake", `node_0x${"1".repeat(40)}_0badcafe`, "1000");
  expect([foreign.code, foreign.err.includes("not_owner")]).toEqual([2, true]);
  expect((await far("stake", NODE, "5000")).err).toContain("insufficient_tokens");
  expect((await far("unstake", NODE)).err).toContain("nothing_staked");

  const staked = await far("stake", NODE, "1000");
  expect(JSON.parse(staked.out)).toMatchObject({ node_id: NODE, stake: parseEther("1000").toString() });
  expect((await far("stake", NODE, "0.5")).code).toBe(0);
  expect(await stateOf()).toEqual(["registered", parseEther("1000.5"), 0n]);

  for (const tooMuch of ["1", "1001"])
    expect((await far("unstake", NODE, tooMuch)).err).toContain("stake_below_minimum");
  expect(await far("unstake", NODE, "--cancel")).toMatchObject({
    code: 4,
    err: expect.stringContaining("nothing_unbonding"),
  });
  expect((await far("unstake", NODE, "0.5")).code).toBe(0);
  expect(await stateOf()).toEqual(["registered", parseEther("1000"), parseEther("0.5")]);
  expect((await far("unstake", NODE, "--cancel")).code).toBe(0);
  expect(await stateOf()).toEqual(["registered", parseEther("1000.5"), 0n]);

  expect(JSON.parse((await far("unstake", NODE)).out)).toMatchObject({ stake: "0" });
  const early = await far("unstake", NODE);
  if (early.code !== 0) expect(early.err).toContain("still_unbonding");
  const { withdrawableAtS } = await network.roles.oracle.nodeState({ owner, nodeId: NODE });
  while (BigInt(Math.floor(Date.now() / 1_000)) <= withdrawableAtS) await new Promise((done) => setTimeout(done, 100));
  if (early.code !== 0) expect((await far("unstake", NODE)).code).toBe(0);
  expect(await stateOf()).toEqual(["none", 0n, 0n]);
  expect(await network.roles.oracle.tokenBalance({ wallet: owner })).toBe(parseEther("2000"));
});
