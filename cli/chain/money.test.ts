import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalNetwork, startLocalNetwork } from "@farlabs/chain/local";
import { ensureContractsBuilt } from "@farlabs/chain/local/testing";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { depositDurably } from "./depositDurably.ts";
import { finishWhenMature } from "./exit.ts";

const amountWei = 5n * 10n ** 18n;
const account = privateKeyToAccount(generatePrivateKey());
const { signal } = new AbortController();
let directory: string;
let network: LocalNetwork;

const restart = async (): Promise<void> => {
  network = await startLocalNetwork({ directory, port: network.local.port, params: { exitDelayS: 2 } });
};

beforeEach(async () => {
  ensureContractsBuilt();
  directory = mkdtempSync(join(tmpdir(), "far-money-"));
  network = await startLocalNetwork({ directory, port: 0, params: { exitDelayS: 2 } });
  await network.local.fundGas(account.address);
  const treasury = network.connect(privateKeyToAccount(network.keys.treasury));
  await treasury.transfer({ to: account.address, amountWei: 2n * amountWei });
});
afterEach(async () => {
  await network.stop();
  rmSync(directory, { recursive: true, force: true });
});

it("deposits once though the chain was away when it was sent", async () => {
  const chain = network.connect(account);
  const escrowed = (): Promise<bigint> => chain.userBalance({ wallet: account.address }).catch(() => 0n);
  await network.stop();
  const lines: string[] = [];
  const deposit = depositDurably(chain, {
    ...{ amountWei, signal, waitMsMax: 30_000, onProgress: (line) => lines.push(line) },
    isCredited: async () => (await escrowed()) > 0n,
  });
  await restart();
  expect(await deposit).toMatchObject({ isCredited: true });
  expect(await escrowed()).toBe(amountWei);
  expect(lines[0]).toBe("the chain does not answer; waiting for it");
});

it("sends again what an unsaved block took with it, and it counts once", async () => {
  const chain = network.connect(account);
  await network.local.save();
  const copy = mkdtempSync(join(tmpdir(), "far-money-copy-"));
  const files = ["state.json.gz", "saved.json"];
  for (const name of files) copyFileSync(join(directory, name), join(copy, name));
  let isLost = false;
  const lines: string[] = [];
  const deposit = depositDurably(chain, {
    ...{ amountWei, signal, waitMsMax: 30_000, onProgress: (line) => lines.push(line) },
    // The ledger credits only what is confirmed: the first block never was.
    isCredited: async () => isLost && (await chain.userBalance({ wallet: account.address }).catch(() => 0n)) > 0n,
  });
  while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await network.stop();
  for (const name of files) copyFileSync(join(copy, name), join(directory, name));
  rmSync(copy, { recursive: true });
  await restart();
  isLost = true;
  expect(await deposit).toMatchObject({ isCredited: true });
  expect(await chain.userBalance({ wallet: account.address })).toBe(amountWei);
  expect(lines).toContain("the chain lost the unconfirmed block in a crash; sending again");
});

it("waits for an exit and has it paid, and lets itself be interrupted", async () => {
  const chain = network.connect(account);
  const wallet = account.address;
  await chain.deposit({ amountWei });
  await chain.requestExit();
  const stop = AbortSignal.abort();
  const countdown = (): void => undefined;
  await expect(finishWhenMature(chain, { wallet, signal: stop, countdown })).rejects.toMatchObject({
    exit: "interrupted",
  });
  await finishWhenMature(chain, { wallet, signal, countdown });
  expect(await chain.tokenBalance({ wallet })).toBe(2n * amountWei);
  expect(await chain.userBalance({ wallet })).toBe(0n);
});
