import { rm } from "node:fs/promises";
import { createTestClient, createWalletClient, type Hex, http } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createChain } from "../createChain.ts";
import { type LocalChain, startLocalChain } from "../local/index.ts";
import { makeTestDirectory } from "../local/testDirectory.ts";
import { ensureContractsBuilt } from "../local/testing.ts";
import { describeNetwork } from "../network.ts";
import { deploy, type EscrowParams, localPolicy } from "./index.ts";

let directory: string;
let local: LocalChain;
const holder = privateKeyToAccount(generatePrivateKey()).address;
const params: EscrowParams = {
  ...localPolicy,
  ...{ admin: holder, treasury: holder, oracle: holder, signer: holder, pauser: holder },
  priceFeed: { owner: holder, answer: 10_000_000n },
};

beforeAll(async () => {
  ensureContractsBuilt();
  directory = await makeTestDirectory();
  local = await startLocalChain({ directory, port: 0 });
});

afterAll(async () => {
  await local.stop();
  await rm(directory, { recursive: true, force: true });
});

async function freshDeployer(): Promise<Hex> {
  const key = generatePrivateKey();
  await local.fundGas(privateKeyToAccount(key).address);
  return key;
}

test("deploys once; called again it finds what is there", async () => {
  const deployerKey = await freshDeployer();
  const first = await deploy({ rpcUrl: local.rpcUrl, deployerKey, params });
  expect(first.deployedNow).toBe(true);
  const head = local.savedBlock()?.number;
  const again = await deploy({ rpcUrl: local.rpcUrl, deployerKey, params });
  expect(again).toEqual({ contracts: first.contracts, deployedNow: false });
  const chain = createChain({ rpcUrl: local.rpcUrl, contracts: first.contracts });
  expect(await chain.tokenBalance({ wallet: holder })).toBe(1_000_000_000n * 10n ** 18n);
  expect((await chain.latestPrice()).answer).toBe(10_000_000n);
  expect((await chain.getBlockRef())?.number).toBeLessThanOrEqual((head ?? 0n) + 3n);
});

test("what a crash left undone is done, at the same addresses", async () => {
  const deployerKey = await freshDeployer();
  const tester = createTestClient({ mode: "anvil", transport: http(local.rpcUrl) });
  const before = await tester.snapshot();
  const whole = await deploy({ rpcUrl: local.rpcUrl, deployerKey, params });
  await tester.revert({ id: before });
  // The token alone: what is left when the process dies after its first transaction.
  const { readArtifacts } = await import("./artifacts.ts");
  const artifacts = await readArtifacts();
  const broken = { ...artifacts, settableFeed: "0xfe" as Hex };
  await expect(deploy({ rpcUrl: local.rpcUrl, deployerKey, params, artifacts: broken })).rejects.toMatchObject({
    code: "chain_reverted",
  });
  const resumed = await deploy({ rpcUrl: local.rpcUrl, deployerKey, params });
  expect(resumed).toEqual({ contracts: whole.contracts, deployedNow: true });
});

test("a deployer whose nonce went elsewhere is refused rather than deployed twice", async () => {
  const deployerKey = await freshDeployer();
  const account = privateKeyToAccount(deployerKey);
  const chain = describeNetwork(local.chainId, local.rpcUrl);
  await createWalletClient({ account, chain, transport: http(local.rpcUrl) }).sendTransaction({
    to: holder,
    value: 1n,
  });
  await expect(deploy({ rpcUrl: local.rpcUrl, deployerKey, params })).rejects.toMatchObject({
    code: "chain_deploy_conflict",
  });
});

test("another network than the one asked for is refused", async () => {
  const deployerKey = await freshDeployer();
  await expect(deploy({ rpcUrl: local.rpcUrl, chainId: 97, deployerKey, params })).rejects.toMatchObject({
    code: "chain_wrong_network",
  });
});

test("a feed that exists is used as it is", async () => {
  const first = await deploy({ rpcUrl: local.rpcUrl, deployerKey: await freshDeployer(), params });
  const priceFeed = { address: first.contracts.priceFeed };
  const second = await deploy({
    rpcUrl: local.rpcUrl,
    deployerKey: await freshDeployer(),
    params: { ...params, priceFeed },
  });
  expect(second.contracts.priceFeed).toBe(first.contracts.priceFeed);
  const chain = createChain({ rpcUrl: local.rpcUrl, contracts: second.contracts });
  expect((await chain.latestPrice()).answer).toBe(10_000_000n);
});
