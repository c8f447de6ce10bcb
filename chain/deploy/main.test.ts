import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createWalletClient, encodeDeployData, type Hex, http, parseEther } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { waitMined } from "../actions/sendCall.ts";
import { createChain } from "../createChain.ts";
import { settableFeedAbi } from "../generated/settableFeedAbi.ts";
import { type LocalChain, startLocalChain } from "../local/index.ts";
import { makeTestDirectory } from "../local/testDirectory.ts";
import { ensureContractsBuilt } from "../local/testing.ts";
import { describeNetwork } from "../network.ts";
import { type Ended, runScript } from "../program/testProgram.ts";
import { readArtifacts } from "./artifacts.ts";
import type { DeploymentFile } from "./deploymentFile.ts";

const chainId = 97;
const script = new URL("./main.ts", import.meta.url);
let directory: string;
let local: LocalChain;
let priceFeed: Hex;
const roleNames = ["admin", "treasury", "oracle", "signer", "pauser", "slasher", "arbiter"];
const roles = Object.fromEntries(roleNames.map((name) => [name, privateKeyToAccount(generatePrivateKey()).address]));

/** A chain that calls itself BNB's test network, with a price feed on it as there would be. */
beforeAll(async () => {
  ensureContractsBuilt();
  directory = await makeTestDirectory();
  local = await startLocalChain({ directory: join(directory, "chain"), port: 0, chainId });
  const account = privateKeyToAccount(generatePrivateKey());
  await local.fundGas(account.address);
  const transport = http(local.rpcUrl);
  const wallet = createWalletClient({ account, chain: describeNetwork(chainId, local.rpcUrl), transport });
  const { settableFeed: bytecode } = await readArtifacts();
  const data = encodeDeployData({ abi: settableFeedAbi, bytecode, args: [account.address, 10_000_000n] });
  const hash = await wallet.sendTransaction({ to: null, data });
  const nobody = {
    farToken: "0x",
    inferencePayment: "0x",
    priceFeed: "0x",
    nodeRegistry: "0x",
    staking: "0x",
  } as const;
  const chain = createChain({ rpcUrl: local.rpcUrl, chainId, contracts: nobody });
  await waitMined(chain, { hash });
  priceFeed = (await chain.reader.getTransactionReceipt({ hash })).contractAddress ?? "0x";
});

afterAll(async () => {
  await local.stop();
  await rm(directory, { recursive: true, force: true });
});

async function file(name: string, content: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content, { mode: 0o600 });
  return path;
}

async function freshKey(): Promise<string> {
  const key = generatePrivateKey();
  await local.fundGas(privateKeyToAccount(key).address, parseEther("10"));
  return file(`${key.slice(2, 10)}.key`, key);
}

async function run(params: unknown, key: string, ...more: string[]): Promise<Ended> {
  const paramsFile = await file("params.json", JSON.stringify(params));
  const at = ["--rpc", local.rpcUrl, "--chain-id", `${chainId}`, "--params", paramsFile, "--key-file", key];
  return runScript(script, [...at, "--out", join(directory, "deployments"), ...more]);
}

test("says how it is used, and with 2 that it was used wrongly", async () => {
  const help = await runScript(script, ["--help"]);
  expect(help).toMatchObject({ code: 0, out: expect.stringContaining("Usage: node chain/deploy/main.ts") });
  const wrong: [string[], string][] = [
    [[], "--rpc is missing"],
    [["--rpc", "http://rpc.example"], "--rpc is plain and leaves this machine"],
    [["--rpcs", "x"], "Unknown option"],
  ];
  for (const [args, said] of wrong) {
    expect(await runScript(script, args)).toMatchObject({ code: 2, err: expect.stringContaining(said) });
  }
  const open = await freshKey();
  await (await import("node:fs/promises")).chmod(open, 0o644);
  expect(await run({ roles, priceFeed }, open)).toMatchObject({ code: 2, err: expect.stringContaining("chmod 600") });
});

test("refuses a local policy, a settable feed, shared keys and misspelt fields on a public chain", async () => {
  const key = await freshKey();
  const bad: [unknown, string][] = [
    [{ roles, priceFeed, policy: "local" }, "exitDelayS is 60"],
    [{ roles, priceFeed: { owner: roles.admin, answer: "1" } }, "priceFeed is the settable one"],
    [{ roles: { ...roles, signer: roles.oracle }, priceFeed }, "oracle and signer are the same"],
    [{ roles, priceFeed, policy: { exitDelay: 86_400 } }, "policy has no exitDelay"],
    [{ roles: { ...roles, admin: "0x01" }, priceFeed }, "roles.admin is no address"],
    [{ roles, priceFeed, policy: { exitDelayS: "1" } }, "policy.exitDelayS is no whole number"],
  ];
  for (const [params, said] of bad) {
    expect(await run(params, key, "--yes")).toMatchObject({ code: 1, err: expect.stringContaining(said) });
  }
});

test("shows what it would do, asks, deploys, and finds everything there afterwards", async () => {
  const key = await freshKey();
  const params = { roles, priceFeed, policy: { exitDelayS: 90_000 } };
  const dry = await run(params, key, "--dry-run");
  expect(dry.code).toBe(0);
  expect(dry.err).toMatch(/InferencePayment +0x[0-9a-fA-F]{40} +\d+ bytes, gas \d+/);
  expect(dry.err).toMatch(/\d+ gas, .*BNB/);
  expect(await run(params, key)).toMatchObject({ code: 2, err: expect.stringContaining("add --yes") });
  const path = join(directory, "deployments", `${chainId}.json`);
  await expect(readFile(path)).rejects.toMatchObject({ code: "ENOENT" });

  const done = await run(params, key, "--yes");
  expect(done).toMatchObject({ code: 0, out: expect.stringContaining("INFERENCE_PAYMENT_ADDRESS=0x") });
  const written = JSON.parse(await readFile(path, "utf8")) as DeploymentFile;
  expect(written).toMatchObject({ chainId, isComplete: true, roles, policy: { exitDelayS: 90_000 } });
  const chain = createChain({ rpcUrl: local.rpcUrl, chainId, contracts: written.contracts });
  expect((await chain.escrowState()).epoch).toBe(0n);
  expect(await chain.minStake()).toBe(parseEther("1000"));
  expect(await chain.tokenBalance({ wallet: written.roles.treasury })).toBe(parseEther("1000000000"));

  const again = await run(params, key, "--yes", "--json");
  expect(JSON.parse(again.out)).toEqual(written);
  expect(again.err).not.toContain("deployed  ");
  const other = await run({ roles, priceFeed }, key, "--yes");
  expect(other).toMatchObject({ code: 1, err: expect.stringContaining("chain_deploy_conflict") });
}, 90_000);
