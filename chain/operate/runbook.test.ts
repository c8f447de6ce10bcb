/** Runs every command of docs/runbooks/keys.md, in its order, on a chain that calls itself a public one. */
import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createTestClient,
  createWalletClient,
  encodeDeployData,
  getContractAddress,
  type Hex,
  http,
  keccak256,
} from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createChain, type FarChain } from "../createChain.ts";
import { readArtifacts } from "../deploy/artifacts.ts";
import type { DeploymentFile } from "../deploy/deploymentFile.ts";
import { settableFeedAbi } from "../generated/settableFeedAbi.ts";
import { type LocalChain, startLocalChain } from "../local/index.ts";
import { makeTestDirectory } from "../local/testDirectory.ts";
import { ensureContractsBuilt } from "../local/testing.ts";
import { describeNetwork } from "../network.ts";

const chainId = 56;
const root = join(import.meta.dirname, "../..");
const roleNames = ["admin", "treasury", "oracle", "signer", "pauser", "slasher", "arbiter"] as const;
const newNames = ["oracle", "signer", "pauser", "slasher", "arbiter", "treasury", "admin"] as const;
const keys = new Map<string, Hex>();
let directory: string;
let local: LocalChain;
const variables: Record<string, string> = {};

async function makeKey(name: string): Promise<Hex> {
  const key = generatePrivateKey();
  keys.set(name, key);
  await local.fundGas(privateKeyToAccount(key).address);
  await writeFile(join(directory, `${name}.key`), key, { mode: 0o600 });
  return key;
}

const addressOf = (name: string): Hex => privateKeyToAccount(keys.get(name) ?? "0x").address;
const deployment = async (): Promise<DeploymentFile> =>
  JSON.parse(await readFile(join(directory, `${chainId}.json`), "utf8")) as DeploymentFile;

async function chainOf(name: string): Promise<FarChain> {
  const { contracts } = await deployment();
  const account = privateKeyToAccount(keys.get(name) ?? "0x");
  return createChain({ rpcUrl: local.rpcUrl, chainId, contracts, account });
}

async function deployFeed(): Promise<Hex> {
  const account = privateKeyToAccount(keys.get("deployer2") ?? "0x");
  const transport = http(local.rpcUrl);
  const wallet = createWalletClient({ account, chain: describeNetwork(chainId, local.rpcUrl), transport });
  const { settableFeed: bytecode } = await readArtifacts();
  const data = encodeDeployData({ abi: settableFeedAbi, bytecode, args: [account.address, 10_000_000n] });
  await wallet.sendTransaction({ to: null, data });
  return getContractAddress({ from: account.address, nonce: 0n });
}

beforeAll(async () => {
  ensureContractsBuilt();
  directory = await makeTestDirectory();
  local = await startLocalChain({ directory: join(directory, "chain"), port: 0, chainId });
  for (const name of [...roleNames, "deployer", "deployer2", "owner"]) await makeKey(name);
  for (const name of newNames) await makeKey(`new-${name}`);
  for (const name of ["third-oracle", "third-slasher"]) await makeKey(name);
  const roles = Object.fromEntries(roleNames.map((name) => [name, addressOf(name)]));
  await writeFile(join(directory, "params.json"), JSON.stringify({ roles, priceFeed: await deployFeed() }));
  Object.assign(variables, {
    RPC: local.rpcUrl,
    CHAIN_ID: `${chainId}`,
    DEPLOYMENT: join(directory, `${chainId}.json`),
  });
  for (const name of roleNames) variables[`OLD_${name.toUpperCase()}`] = addressOf(name);
  for (const name of newNames) variables[`NEW_${name.toUpperCase()}`] = addressOf(`new-${name}`);
  variables.THIRD_ORACLE = addressOf("third-oracle");
  variables.THIRD_SLASHER = addressOf("third-slasher");
}, 120_000);

afterAll(async () => {
  await local.stop();
  await rm(directory, { recursive: true, force: true });
});

/** The commands in the fenced blocks, but for the two lines that set up the shell. */
async function commandsOf(file: string): Promise<string[]> {
  const text = await readFile(join(root, file), "utf8");
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");
  return blocks.flatMap((block) => block.trim().split("\n")).filter((line) => !/^(export|operate\(\))/.test(line));
}

/** A shell in which the keys lie beside it, as the page has it; variables set by one command are there for the next. */
async function shell(command: string): Promise<void> {
  const operate = `operate() { node ${root}/chain/operate/main.ts "$@" --rpc "$RPC" --deployment "$DEPLOYMENT" --yes; }`;
  const here = command
    .replace("node contracts/", `node ${root}/contracts/`)
    .replace("node chain/deploy/main.ts", `node ${root}/chain/deploy/main.ts --out ${directory} --yes`);
  const script = `set -euo pipefail\n${operate}\n${here}\necho "\${PROPOSER:-} \${CANCELLER:-}" > kept`;
  await new Promise<void>((resolve, reject) => {
    const options = { cwd: directory, env: { PATH: process.env.PATH ?? "", ...variables }, timeout: 60_000 };
    execFile("bash", ["--norc", "-c", script], options, (error, _out, err) =>
      error === null ? resolve() : reject(new Error(`${command}\n${err}`)),
    );
  });
  const [proposer = "", canceller = ""] = (await readFile(join(directory, "kept"), "utf8")).trim().split(" ");
  Object.assign(variables, { PROPOSER: proposer, CANCELLER: canceller });
}

/** Every delay of the page is over before its next command. */
async function passDays(days: number): Promise<void> {
  const tester = createTestClient({ mode: "anvil", transport: http(local.rpcUrl) });
  await tester.increaseTime({ seconds: days * 86_400 });
  await tester.mine({ blocks: 1 });
}

async function nowS(): Promise<bigint> {
  const block = await (await chainOf("admin")).getBlockRef();
  return block?.timestampS ?? 0n;
}

/** What has to have happened on the chain before a command means anything. */
const before: readonly [RegExp, () => Promise<void>][] = [
  [
    /approve "\$ESCROW"/,
    async () => {
      const { contracts } = await deployment();
      variables.ESCROW = contracts.inferencePayment;
      variables.STAKING = contracts.staking;
    },
  ],
  [
    /disputeRoot/,
    async () => {
      const [oracle, treasury] = [await chainOf("third-oracle"), await chainOf("treasury")];
      const { address } = privateKeyToAccount(keys.get("treasury") ?? "0x");
      await treasury.deposit({ amountWei: 1_000_000n });
      await oracle.settleBatch({
        ...{ epoch: 1n, taskCount: 2, receiptsRoot: keccak256("0x01"), treasuryDebitWei: 0n, credits: [] },
        ...{ rootedWei: 60n, payeesRoot: keccak256("0x02"), stakersWei: 20n, treasuryWei: 20n },
        debits: [{ wallet: address, amountWei: 100n }],
      });
      variables.EPOCH = "1";
    },
  ],
  [
    /freezeSlashes "\$UNTIL"/,
    async () => {
      const [owner, treasury] = [await chainOf("owner"), await chainOf("treasury")];
      const { address } = privateKeyToAccount(keys.get("owner") ?? "0x");
      await treasury.transfer({ to: address, amountWei: 10n ** 21n });
      await owner.registerNode({ nodeId: "node_a", amountWei: 10n ** 21n });
      const slash = { owner: address, nodeId: "node_a", amountWei: 5n, evidence: keccak256("0x03") };
      const thief = await chainOf("new-slasher");
      for (const _ of [1, 2]) await thief.proposeSlash(slash);
      [variables.SLASH, variables.APPEALED, variables.UNTIL] = ["1", "2", `${(await nowS()) + 86_400n}`];
      await owner.appealSlash({ id: 2n, statement: keccak256("0x04") });
    },
  ],
];

/** By then the page has replaced these. */
const replaced: Readonly<Record<string, string>> = {
  pauser: "new-pauser",
  arbiter: "new-arbiter",
  slasher: "third-slasher",
};

async function replaceKeyFile(name: string): Promise<void> {
  const next = keys.get(replaced[name] ?? "");
  if (next !== undefined) await writeFile(join(directory, `${name}.key`), next, { mode: 0o600 });
}

test("every command of the runbook does what it says", async () => {
  const commands = await commandsOf("docs/runbooks/keys.md");
  expect(commands.length).toBeGreaterThan(40);
  for (const command of commands) {
    for (const [pattern, prepare] of before) if (pattern.test(command)) await prepare();
    await shell(command);
    const revoked = /operate revoke (\w+)/.exec(command)?.[1];
    if (revoked !== undefined) await replaceKeyFile(revoked);
    if (/timelock schedule|admin begin/.test(command)) await passDays(3);
  }
  const admin = await chainOf("new-admin");
  const state = await admin.escrowState();
  expect(state.treasuryWei).toBeGreaterThan(0n);
  expect((await admin.slashOf({ id: 1n }))?.state).toBe("cancelled");
  expect((await admin.slashOf({ id: 2n }))?.state).toBe("cancelled");
  expect((await admin.payeesRootOf({ epoch: 1n }))?.isDisputed).toBe(true);
}, 160_000);
