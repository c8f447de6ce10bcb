/**
 * Keeps the state file of a local chain up to date.
 *
 * States: idle → saving → idle, and saving again at once when a block came meanwhile. One save runs at a time, so a
 * burst of blocks costs as many dumps as fit, not one each. A save is: dump, write beside, sync, rename, and
 * only then the note of which block it holds; whoever reads that note never believes too much.
 *
 * anvil reads blocks and balances one after the other while it dumps. A block mined in between would put its balances, but
 * not its transactions, into the file. So a dump counts only if the head before and after is the same block; after three
 * spoilt dumps mining is held back for the length of one.
 */
import { createPublicClient, createTestClient, fromHex, type Hex, http } from "viem";
import type { ChainFiles } from "./files.ts";
import { replaceFile } from "./files.ts";
import { readSavedBlock, type SavedBlock, writeSavedBlock } from "./savedBlock.ts";
import { watchHeads } from "./watchHeads.ts";

export type Keeper = {
  /** The newest block on disk. */
  saved(): SavedBlock | undefined;
  /** Saves now, whatever is saved already. @throws when the chain or the disk fails */
  flush(): Promise<SavedBlock>;
  /** Resolves once a block is on disk. @throws when the keeper stops first */
  waitSaved(blockNumber: bigint): Promise<SavedBlock>;
  /** Stops watching; waits for a save under way. */
  stop(): Promise<void>;
};

export type KeeperOptions = {
  readonly rpcUrl: string;
  readonly files: ChainFiles;
  /** A save that failed; it is tried again every two seconds, so log the first of a row only. */
  readonly onError?: ((error: unknown) => void) | undefined;
};

const spoiltDumpsMax = 3;
/** Tries again what failed, and catches what a subscription may have lost. */
const safetyPollMs = 2_000;

type Dumper = { dump(): Promise<{ bytes: Uint8Array; head: SavedBlock }> };

function createDumper(rpcUrl: string): Dumper {
  const transport = http(rpcUrl, { retryCount: 0, timeout: 60_000 });
  const reader = createPublicClient({ transport, cacheTime: 0 });
  const tester = createTestClient({ mode: "anvil", transport });

  async function tryDump(): Promise<{ bytes: Uint8Array; head: SavedBlock } | undefined> {
    const { number, hash } = await reader.getBlock({ blockTag: "latest" });
    const packed: Hex = await tester.dumpState();
    const after = await reader.getBlock({ blockTag: "latest" });
    return after.hash === hash ? { bytes: fromHex(packed, "bytes"), head: { number, hash } } : undefined;
  }

  async function dumpHoldingMining(): Promise<{ bytes: Uint8Array; head: SavedBlock }> {
    await tester.setAutomine(false);
    try {
      for (;;) {
        // A block that was being mined may still come in, once.
        const dumped = await tryDump();
        if (dumped) return dumped;
      }
    } finally {
      await tester.setAutomine(true);
    }
  }

  return {
    async dump() {
      for (let tries = 0; tries < spoiltDumpsMax; tries += 1) {
        const dumped = await tryDump();
        if (dumped) return dumped;
      }
      return dumpHoldingMining();
    },
  };
}

type Waiter = { blockNumber: bigint; resolve: (saved: SavedBlock) => void; reject: (error: Error) => void };

/** Starts keeping; the first save happens at once, so that `saved()` is true when this returns. */
export async function startKeeper(options: KeeperOptions): Promise<Keeper> {
  const { rpcUrl, files, onError } = options;
  const dumper = createDumper(rpcUrl);
  const reader = createPublicClient({ transport: http(rpcUrl, { retryCount: 0 }), cacheTime: 0 });
  let saved = await readSavedBlock(files.directory);
  let chain: Promise<unknown> = Promise.resolve();
  let queued = false;
  let stopped = false;
  const waiters = new Set<Waiter>();

  async function save(): Promise<SavedBlock> {
    const { bytes, head } = await dumper.dump();
    await replaceFile(files.state, bytes);
    await writeSavedBlock(files.directory, head);
    saved = head;
    for (const waiter of waiters) {
      if (waiter.blockNumber > head.number) continue;
      waiters.delete(waiter);
      waiter.resolve(head);
    }
    return head;
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = chain.then(work);
    chain = result.catch(() => {});
    return result;
  }

  async function saveIfNew(): Promise<void> {
    queued = false;
    const { hash } = await reader.getBlock({ blockTag: "latest" });
    if (hash !== saved?.hash) await save();
  }

  function noticed(hash: Hex): void {
    if (stopped || queued || hash === saved?.hash) return;
    queued = true;
    inTurn(saveIfNew).catch((error: unknown) => {
      if (!stopped) onError?.(error);
    });
  }

  await inTurn(save);
  const heads = await watchHeads(rpcUrl, noticed);
  const poll = setInterval(() => {
    reader.getBlock({ blockTag: "latest" }).then(
      ({ hash }) => noticed(hash),
      () => {},
    );
  }, safetyPollMs);
  poll.unref();

  return {
    saved: () => saved,
    flush: () => inTurn(save),
    waitSaved(blockNumber) {
      if (saved !== undefined && saved.number >= blockNumber) return Promise.resolve(saved);
      if (stopped) return Promise.reject(new Error("the keeper has stopped"));
      return new Promise((resolve, reject) => waiters.add({ blockNumber, resolve, reject }));
    },
    async stop() {
      stopped = true;
      clearInterval(poll);
      heads.stop();
      await chain;
      for (const waiter of waiters) waiter.reject(new Error("the keeper has stopped"));
      waiters.clear();
    },
  };
}
