import { mkdir, rm } from "node:fs/promises";
import { type Address, createPublicClient, createTestClient, http, parseEther } from "viem";
import { withChainErrors } from "../errors.ts";
import { localChainId } from "../network.ts";
import { type AnvilExit, type AnvilProcess, spawnAnvil } from "./anvilProcess.ts";
import { type ChainFiles, chainFiles } from "./files.ts";
import { type Keeper, startKeeper } from "./keeper.ts";
import { clearOwner, endOrphan, writeOwner } from "./owner.ts";
import { prepareState } from "./prepareState.ts";
import type { SavedBlock } from "./savedBlock.ts";

export type LocalChainOptions = {
  /** Where the chain's state lives; made if missing. */
  readonly directory: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Default 31 337. */
  readonly chainId?: number;
  /** Blocks whose logs and receipts stay readable; older ones go. Default 10 000. */
  readonly keepBlocks?: number;
  /** anvil is gone though nobody asked it to: start the chain again. */
  readonly onExit?: (exit: AnvilExit) => void;
  /** The state could not be saved; it is tried again every two seconds, so log the first of a row only. */
  readonly onSaveError?: (error: unknown) => void;
};

/** A local chain that outlives its process. */
export type LocalChain = {
  readonly rpcUrl: string;
  readonly port: number;
  readonly chainId: number;
  /** Process id of anvil. */
  readonly pid: number;
  /** The newest block on disk: confirmed. Other processes ask {@link readSavedBlock}. */
  savedBlock(): SavedBlock | undefined;
  /** Resolves once a block is on disk. */
  waitSaved(blockNumber: bigint): Promise<SavedBlock>;
  /** Saves now; needed only after a change that made no block. */
  save(): Promise<SavedBlock>;
  /** Gives an address coins for gas, if it has less than half of `amountWei` (default 100). Makes no block; saved. */
  fundGas(address: Address, amountWei?: bigint): Promise<void>;
  /** Saves and ends anvil. */
  stop(): Promise<void>;
};

const stopTimeoutMs = 5_000;

async function endAnvil(anvil: AnvilProcess): Promise<void> {
  anvil.kill("SIGTERM");
  const timer = setTimeout(() => anvil.kill("SIGKILL"), stopTimeoutMs);
  await anvil.exited;
  clearTimeout(timer);
}

async function startAnvil(files: ChainFiles, options: LocalChainOptions): Promise<AnvilProcess> {
  const { port, chainId = localChainId, keepBlocks = 10_000 } = options;
  const loadFile = await prepareState(files, keepBlocks);
  try {
    return await spawnAnvil({ port, chainId, loadFile, cacheDirectory: files.cache, keepBlocks });
  } finally {
    await rm(files.load, { force: true });
  }
}

/**
 * Starts a local chain where the last one in this directory was saved. kill -9 of anvil, of this process or of both loses the
 * blocks that were not saved and nothing else.
 * @throws ChainError `chain_local_failed` when the port is taken, the chain runs already, or anvil does not start.
 */
export async function startLocalChain(options: LocalChainOptions): Promise<LocalChain> {
  const { chainId = localChainId, onExit, onSaveError } = options;
  const files = chainFiles(options.directory);
  await mkdir(files.cache, { recursive: true });
  await endOrphan(files);
  const anvil = await startAnvil(files, options);
  let stopping = false;
  let keeper: Keeper;
  try {
    await writeOwner(files, anvil.pid);
    keeper = await startKeeper({ rpcUrl: anvil.rpcUrl, files, onError: onSaveError });
  } catch (error) {
    await endAnvil(anvil);
    throw error;
  }
  void anvil.exited.then(async (exit) => {
    if (stopping) return;
    stopping = true;
    await keeper.stop();
    onExit?.(exit);
  });
  const transport = http(anvil.rpcUrl, { retryCount: 0 });
  const tester = createTestClient({ mode: "anvil", transport });
  const reader = createPublicClient({ transport });

  return {
    ...{ rpcUrl: anvil.rpcUrl, port: anvil.port, chainId, pid: anvil.pid },
    savedBlock: () => keeper.saved(),
    waitSaved: (blockNumber) => keeper.waitSaved(blockNumber),
    save: () => keeper.flush(),
    async fundGas(address, amountWei = parseEther("100")) {
      const funded = await withChainErrors(async () => {
        if ((await reader.getBalance({ address })) * 2n >= amountWei) return false;
        await tester.setBalance({ address, value: amountWei });
        return true;
      });
      if (!funded) return;
      await keeper.flush();
    },
    async stop() {
      if (stopping) return;
      stopping = true;
      await keeper.flush().catch((error: unknown) => onSaveError?.(error));
      await keeper.stop();
      await endAnvil(anvil);
      await clearOwner(files);
    },
  };
}
