import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEther } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type LocalNetwork, startLocalNetwork } from "./index.ts";
import { makeTestDirectory } from "./testDirectory.ts";
import { ensureContractsBuilt } from "./testing.ts";

let directory: string;
const running = new Set<LocalNetwork>();

beforeEach(async () => {
  ensureContractsBuilt();
  directory = await makeTestDirectory();
});

afterEach(async () => {
  for (const network of running) await network.stop();
  running.clear();
  await rm(directory, { recursive: true, force: true });
});

async function start(): Promise<LocalNetwork> {
  const network = await startLocalNetwork({ directory, port: 0 });
  running.add(network);
  return network;
}

test("a restarted network has the same keys, contracts, balances and history, and a fresh price", async () => {
  const first = await start();
  const account = privateKeyToAccount(generatePrivateKey());
  await first.local.fundGas(account.address);
  const treasury = first.connect(privateKeyToAccount(first.keys.treasury));
  await treasury.transfer({ to: account.address, amountWei: parseEther("9") });
  const { blockNumber } = await first.connect(account).deposit({ amountWei: parseEther("9") });
  const price = await treasury.latestPrice();
  await first.stop();

  const second = await start();
  expect(second.contracts).toEqual(first.contracts);
  expect(second.keys).toEqual(first.keys);
  const chain = second.connect();
  expect(await chain.userBalance({ wallet: account.address })).toBe(parseEther("9"));
  const events = await chain.readEvents({ fromBlock: 0n, toBlock: blockNumber });
  expect(events.filter(({ name }) => name === "Deposited")).toHaveLength(1);
  expect((await chain.latestPrice()).updatedAtS).toBeGreaterThanOrEqual(price.updatedAtS);
  expect((await stat(join(directory, "keys.json"))).mode & 0o777).toBe(0o600);
});

test("killed right after the contracts were sent, it comes up at the same addresses", async () => {
  const first = await start();
  process.kill(first.local.pid, "SIGKILL");
  // Whatever was lost, a second start makes good.
  await rm(join(directory, "state.json.gz"));
  const second = await start();
  expect(second.contracts).toEqual(first.contracts);
  expect((await second.connect().latestPrice()).answer).toBe(10_000_000n);
});

test("a folder that holds contracts of another version is refused, says what to delete, and stays as it is", async () => {
  const first = await start();
  await first.stop();
  const outdated = { code: "chain_local_outdated", retryable: false };
  const files = await readdir(directory);
  for (const params of [{ exitDelayS: 61 }, { oracle: privateKeyToAccount(first.keys.admin).address }]) {
    const refused = startLocalNetwork({ directory, port: 0, params });
    await expect(refused).rejects.toMatchObject(outdated);
    await expect(refused).rejects.toThrow(directory);
  }
  // What a version left that knew neither registry nor staking.
  await rm(join(directory, "contracts.json"));
  await expect(startLocalNetwork({ directory, port: 0 })).rejects.toMatchObject(outdated);
  const { slasher: _, ...older } = first.keys;
  await writeFile(join(directory, "keys.json"), JSON.stringify(older));
  await expect(startLocalNetwork({ directory, port: 0 })).rejects.toMatchObject(outdated);
  expect(await readdir(directory)).toEqual(files.filter((name) => name !== "contracts.json"));
});
