import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createTestClient, type Hex, http } from "viem";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createChain } from "../createChain.ts";
import { type LocalChain, readSavedBlock, startLocalChain } from "./index.ts";
import { isAlive } from "./owner.ts";
import { makeTestDirectory } from "./testDirectory.ts";

const nobody = "0x00000000000000000000000000000000000000bb";
const contracts = {
  farToken: nobody,
  inferencePayment: nobody,
  priceFeed: nobody,
  nodeRegistry: nobody,
  staking: nobody,
} as const;
let directory: string;
const running = new Set<LocalChain>();

beforeEach(async () => {
  directory = await makeTestDirectory();
});

afterEach(async () => {
  for (const local of running) await local.stop();
  running.clear();
  await rm(directory, { recursive: true, force: true });
});

async function start(options: Partial<Parameters<typeof startLocalChain>[0]> = {}): Promise<LocalChain> {
  const local = await startLocalChain({ directory, port: 0, ...options });
  running.add(local);
  return local;
}

const tester = (local: LocalChain) => createTestClient({ mode: "anvil", transport: http(local.rpcUrl) });
const reader = (local: LocalChain) => createChain({ rpcUrl: local.rpcUrl, contracts });

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5);
}

test("a stopped chain goes on where it was, with the same blocks and balances", async () => {
  const first = await start();
  await first.fundGas(nobody, 123n);
  await tester(first).mine({ blocks: 5 });
  await first.stop();
  const saved = await readSavedBlock(directory);
  expect(saved?.number).toBe(5n);

  const second = await start();
  expect(second.savedBlock()).toEqual(saved);
  expect((await reader(second).getBlockRef({ number: 5n }))?.hash).toBe(saved?.hash);
  await tester(second).mine({ blocks: 1 });
  expect((await reader(second).getBlockRef({ number: 6n }))?.parentHash).toBe(saved?.hash);
});

test("after kill -9 of anvil every saved block is there, and the callback tells", async () => {
  let exits = 0;
  const first = await start({ onExit: () => (exits += 1) });
  await tester(first).mine({ blocks: 3 });
  const saved = await first.waitSaved(3n);
  process.kill(first.pid, "SIGKILL");
  await until(() => exits === 1);
  expect(await readSavedBlock(directory)).toEqual(saved);

  const second = await start();
  expect((await reader(second).getBlockRef())?.hash).toBe(saved.hash);
});

test("killed at any moment while blocks come in, it never lacks a block it called saved", async () => {
  for (let round = 0; round < 4; round += 1) {
    let gone = false;
    const local = await start({ onExit: () => (gone = true) });
    const mining = (async () => {
      for (let block = 0; block < 60 && !gone; block += 1) await tester(local).mine({ blocks: 1 });
    })().catch(() => {});
    await sleep(20 + round * 15);
    process.kill(local.pid, "SIGKILL");
    await mining;
    await until(() => gone);
    const promised = await readSavedBlock(directory);
    const next = await start();
    expect((await reader(next).getBlockRef({ number: promised?.number ?? 0n }))?.hash).toBe(promised?.hash);
    await next.stop();
  }
});

const payer = "0x00000000000000000000000000000000000000cc";

/** Sends one wei; mined at once, but maybe in one block with others. */
async function payOneWei(local: LocalChain): Promise<Hex> {
  const params = [{ from: payer, to: nobody, value: "0x1" }];
  return tester(local).request({ method: "eth_sendTransaction" as never, params: params as never });
}

async function fundPayer(local: LocalChain): Promise<void> {
  await local.fundGas(payer, 10n ** 24n);
  await tester(local).impersonateAccount({ address: payer });
}

/** How many transactions the chain's blocks hold. */
async function transactionCount(local: LocalChain): Promise<bigint> {
  const head = (await reader(local).getBlockRef())?.number ?? 0n;
  let count = 0n;
  for (let number = 0n; number <= head; number += 1n) {
    count += BigInt(await reader(local).reader.getBlockTransactionCount({ blockNumber: number }));
  }
  return count;
}

test("a state saved while blocks come in holds balances and blocks of one moment", async () => {
  for (const killedAt of [40, 90, 140]) {
    let gone = false;
    const local = await start({ onExit: () => (gone = true) });
    await fundPayer(local);
    for (let sent = 0; sent < killedAt; sent += 1) await payOneWei(local);
    process.kill(local.pid, "SIGKILL");
    await until(() => gone);
    const next = await start();
    expect(await reader(next).reader.getBalance({ address: nobody })).toBe(await transactionCount(next));
    expect((await reader(next).getBlockRef())?.number).toBeGreaterThan(0n);
    await next.stop();
  }
});

test("the file is bounded: old blocks go, new ones keep their receipts", async () => {
  const first = await start({ keepBlocks: 20 });
  await fundPayer(first);
  let last: Hex = "0x";
  for (let block = 1n; block <= 60n; block += 1n) {
    last = await payOneWei(first);
    await reader(first).waitMined({ hash: last });
  }
  const head = (await reader(first).getBlockRef())?.number ?? 0n;
  await first.stop();
  const grown = (await stat(join(directory, "state.json.gz"))).size;

  const second = await start({ keepBlocks: 20 });
  expect((await stat(join(directory, "state.json.gz"))).size).toBeLessThan(grown * 0.6);
  const chain = reader(second);
  expect(await chain.getBlockRef({ number: head - 20n })).toBeUndefined();
  expect((await chain.getBlockRef({ number: head - 19n }))?.number).toBe(head - 19n);
  expect(await chain.getReceipt({ hash: last })).toMatchObject({ blockNumber: head, status: "success" });
  expect(await chain.reader.getBalance({ address: nobody })).toBe(60n);
  expect(await readdir(directory)).not.toContain("load.json");
});

test("an empty chain keeps its first block over restarts", async () => {
  const first = await start();
  const genesis = first.savedBlock();
  await first.stop();
  for (let restart = 0; restart < 3; restart += 1) {
    const again = await start();
    expect(again.savedBlock()).toEqual(genesis);
    await again.stop();
  }
});

test("time on the chain is the clock's after a pause", async () => {
  const first = await start();
  await tester(first).mine({ blocks: 1 });
  await first.stop();
  const second = await start();
  const before = Math.floor(Date.now() / 1000);
  await tester(second).mine({ blocks: 1 });
  const block = await reader(second).getBlockRef();
  expect(Number(block?.timestampS)).toBeGreaterThanOrEqual(before);
  expect(Number(block?.timestampS)).toBeLessThanOrEqual(before + 2);
});

test("a damaged state file is an error that names it, and is left alone", async () => {
  const file = join(directory, "state.json.gz");
  await writeFile(file, "not a state");
  await expect(start()).rejects.toMatchObject({
    code: "chain_local_failed",
    message: expect.stringContaining(file),
  });
  expect(await readFile(file, "utf8")).toBe("not a state");
});

test("a disk that refuses is reported, nothing is confirmed, and the next save makes it good", async () => {
  const errors: unknown[] = [];
  const local = await start({ onSaveError: (error) => errors.push(error) });
  const draft = join(directory, "state.json.gz.tmp");
  await mkdir(draft); // no file can be written in its place
  await tester(local).mine({ blocks: 1 });
  await until(() => errors.length > 0);
  expect(local.savedBlock()?.number).toBe(0n);
  await rm(draft, { recursive: true });
  expect((await local.waitSaved(1n)).number).toBe(1n);
});

test("a reorganised head is saved under its new hash", async () => {
  const local = await start();
  await tester(local).mine({ blocks: 2 });
  const before = await local.waitSaved(2n);
  await tester(local).request({ method: "anvil_reorg" as never, params: [1, []] as never });
  await until(() => local.savedBlock()?.hash !== before.hash);
  expect((await reader(local).getBlockRef({ number: 2n }))?.hash).toBe(local.savedBlock()?.hash);
});

test("a taken port is named", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await expect(start({ port })).rejects.toMatchObject({
    code: "chain_local_failed",
    message: expect.stringContaining(`${port}`),
  });
  server.close();
});

test("no account of the well-known test mnemonic has anything", async () => {
  const local = await start();
  const wellKnown = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
  expect(await reader(local).reader.getBalance({ address: wellKnown })).toBe(0n);
});

/** A process of its own that runs the chain and says when it is ready. */
async function startElsewhere(): Promise<{ child: ChildProcess; anvilPid: number }> {
  const door = JSON.stringify(new URL("./index.ts", import.meta.url).href);
  const options = JSON.stringify({ directory, port: 0 });
  const code = `import { startLocalChain } from ${door};
    const local = await startLocalChain(${options});
    console.log(local.pid);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  const anvilPid = await new Promise<number>((resolve) => {
    child.stdout?.once("data", (text: Buffer) => resolve(Number(text.toString().trim())));
  });
  return { child, anvilPid };
}

test("anvil ends with the process that started it, and the next one takes over", async () => {
  const { child, anvilPid } = await startElsewhere();
  await expect(start()).rejects.toMatchObject({ message: expect.stringContaining(`${child.pid}`) });
  child.kill("SIGKILL");
  await until(() => !isAlive(anvilPid));
  const local = await start();
  expect(local.savedBlock()?.number).toBe(0n);
});

test("an orphan that outlived its owner is ended", async () => {
  const { child, anvilPid } = await startElsewhere();
  // The owner is gone for all the note says; anvil is not.
  const { replaceFile, chainFiles } = await import("./files.ts");
  const file = chainFiles(directory).owner;
  const owner = JSON.parse(await readFile(file, "utf8")) as { anvilPid: number };
  await replaceFile(file, JSON.stringify({ ...owner, ownerPid: 2 ** 22 + 1 }));
  await start();
  expect(isAlive(anvilPid)).toBe(false);
  child.kill("SIGKILL");
});
