import { rm } from "node:fs/promises";
import { type Address, createPublicClient, createTestClient, createWalletClient, type Hex, http } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createChain } from "../createChain.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";
import { nodeRegistryAbi } from "../generated/nodeRegistryAbi.ts";
import { stakingAbi } from "../generated/stakingAbi.ts";
import { type LocalChain, startLocalChain } from "../local/index.ts";
import { makeTestDirectory } from "../local/testDirectory.ts";
import { ensureContractsBuilt } from "../local/testing.ts";
import { describeNetwork } from "../network.ts";
import { readArtifacts } from "./artifacts.ts";
import {
  type DeployRecord,
  defaultPolicy,
  deploy,
  localPolicy,
  type NetworkParams,
  type NetworkPolicy,
  type NetworkRoles,
  type RecordStore,
} from "./index.ts";
import { assertFitFor } from "./publicPolicy.ts";

let directory: string;
let local: LocalChain;
const holder = privateKeyToAccount(generatePrivateKey()).address;
const params: NetworkParams = {
  ...localPolicy,
  ...{
    admin: holder,
    treasury: holder,
    oracle: holder,
    signer: holder,
    pauser: holder,
    slasher: holder,
    arbiter: holder,
  },
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

function nonceOf(key: Hex): Promise<number> {
  const { address } = privateKeyToAccount(key);
  return createPublicClient({ transport: http(local.rpcUrl) }).getTransactionCount({ address });
}

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
  expect((await chain.getBlockRef())?.number).toBeLessThanOrEqual((head ?? 0n) + 6n);
});

test("whatever a crash left undone is done, at the same addresses, wherever it came", async () => {
  const deployerKey = await freshDeployer();
  const tester = createTestClient({ mode: "anvil", transport: http(local.rpcUrl) });
  const artifacts = await readArtifacts();
  let before = await tester.snapshot();
  const whole = await deploy({ rpcUrl: local.rpcUrl, deployerKey, params });
  for (const name of Object.keys(artifacts)) {
    await tester.revert({ id: before });
    before = await tester.snapshot();
    // The steps before this one are mined, and this one is not: what is left when the process dies there.
    const broken = { ...artifacts, [name]: "0xfe" as Hex };
    await expect(deploy({ rpcUrl: local.rpcUrl, deployerKey, params, artifacts: broken })).rejects.toMatchObject({
      code: "chain_reverted",
    });
    const resumed = await deploy({ rpcUrl: local.rpcUrl, deployerKey, params });
    expect(resumed, name).toEqual({ contracts: whole.contracts, deployedNow: true });
    expect(await nonceOf(deployerKey)).toBe(6);
  }
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

/** What chain 97 would take: every role somebody else, a feed that exists, the delays of a real network. */
async function publicParams(): Promise<NetworkParams> {
  const roles = ["admin", "treasury", "oracle", "signer", "pauser", "slasher", "arbiter"] as const;
  const holders = roles.map((role) => [role, privateKeyToAccount(generatePrivateKey()).address] as const);
  const { contracts } = await deploy({ rpcUrl: local.rpcUrl, deployerKey: await freshDeployer(), params });
  const holding = Object.fromEntries(holders) as NetworkRoles;
  return { ...defaultPolicy, ...holding, priceFeed: { address: contracts.priceFeed } };
}

test("another network than the one asked for is refused", async () => {
  const deployerKey = await freshDeployer();
  const fit = await publicParams();
  await expect(deploy({ rpcUrl: local.rpcUrl, chainId: 97, deployerKey, params: fit })).rejects.toMatchObject({
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

test("what suits a local network only is refused on any other chain, with every reason", async () => {
  const deployerKey = await freshDeployer();
  const refused = deploy({ rpcUrl: local.rpcUrl, chainId: 56, deployerKey, params });
  await expect(refused).rejects.toMatchObject({ code: "chain_params_unfit", retryable: false });
  const message = await refused.catch((error: Error) => error.message);
  for (const flaw of [
    "exitDelayS is 60",
    "epochCapBps is 10000",
    "oracle and signer",
    "priceFeed is the settable one",
  ]) {
    expect(message).toContain(flaw);
  }
  expect(await nonceOf(deployerKey)).toBe(0);
});

test("each number that is too low, and each cap that is too high, is refused on its own", async () => {
  const fit = await publicParams();
  assertFitFor(97, fit);
  const names = Object.keys(defaultPolicy) as (keyof NetworkPolicy)[];
  const bounded = names.filter((name) => name !== "minStakeWei");
  for (const name of bounded) {
    const isCap = ["epochCapBps", "dayCapBps", "priceMaxAgeS", "rewardRateBps"].includes(name);
    const unfit = { ...fit, [name]: isCap ? 1_000_000 : 1 };
    expect(() => assertFitFor(97, unfit), name).toThrow(name);
  }
});

test("other parameters or another build at the same addresses are recognised by the record", async () => {
  const deployerKey = await freshDeployer();
  let kept: DeployRecord | undefined;
  const record: RecordStore = {
    read: async () => kept,
    write: async (written) => {
      kept = written;
    },
  };
  const { contracts } = await deploy({ rpcUrl: local.rpcUrl, deployerKey, params, record });
  expect(kept?.firstBlock).toBeGreaterThan(0n);
  const again = await deploy({ rpcUrl: local.rpcUrl, deployerKey, params, record });
  expect(again).toEqual({ contracts, deployedNow: false });
  const other = { ...params, exitDelayS: 61 };
  const refused = { code: "chain_deploy_conflict" };
  await expect(deploy({ rpcUrl: local.rpcUrl, deployerKey, params: other, record })).rejects.toMatchObject(refused);
  kept = undefined;
  await expect(deploy({ rpcUrl: local.rpcUrl, deployerKey, params, record })).rejects.toMatchObject(refused);
});

test("two that deploy at once make one network", async () => {
  const deployerKey = await freshDeployer();
  const [a, b] = await Promise.all([
    deploy({ rpcUrl: local.rpcUrl, deployerKey, params }),
    deploy({ rpcUrl: local.rpcUrl, deployerKey, params }),
  ]);
  expect(a.contracts).toEqual(b.contracts);
  expect(await nonceOf(deployerKey)).toBe(6);
});

test("every contract knows the others, and the timelock alone may change them", async () => {
  const { contracts } = await deploy({ rpcUrl: local.rpcUrl, deployerKey: await freshDeployer(), params });
  const { reader } = createChain({ rpcUrl: local.rpcUrl, contracts });
  const payment = { address: contracts.inferencePayment, abi: inferencePaymentAbi } as const;
  expect(await reader.readContract({ ...payment, functionName: "token" })).toBe(contracts.farToken);
  expect(await reader.readContract({ ...payment, functionName: "registry" })).toBe(contracts.nodeRegistry);
  expect(await reader.readContract({ ...payment, functionName: "staking" })).toBe(contracts.staking);
  const registry = { address: contracts.nodeRegistry, abi: nodeRegistryAbi } as const;
  expect(await reader.readContract({ ...registry, functionName: "payment" })).toBe(contracts.inferencePayment);
  const staking = { address: contracts.staking, abi: stakingAbi } as const;
  expect(await reader.readContract({ ...staking, functionName: "payment" })).toBe(contracts.inferencePayment);
  const role = await reader.readContract({ ...payment, functionName: "PARAMETER_ROLE" });
  for (const contract of [payment, registry, staking]) {
    const held = (account: Address) =>
      reader.readContract({
        address: contract.address,
        abi: stakingAbi,
        functionName: "hasRole",
        args: [role, account],
      });
    expect(await held(contracts.timelock)).toBe(true);
    expect(await held(holder)).toBe(false);
  }
});
