import { type FarChain, isChainError, localChainId, type Mined } from "@farlabs/chain";
import { CliError } from "../errors.ts";

export interface DepositOptions {
  amountWei: bigint;
  signal: AbortSignal;
  /** What is happening, for a person. */
  onProgress(line: string): void;
  /** True once the ledger has credited the deposit. */
  isCredited(): Promise<boolean>;
  /** Longest wait for the credit. */
  waitMsMax: number;
}

const POLL_MS = 250;
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, POLL_MS));

async function nonceOf(chain: FarChain): Promise<number | null> {
  if (chain.account === undefined) throw new Error("a deposit is signed");
  return chain.reader.getTransactionCount({ address: chain.account.address }).catch(() => null);
}

/**
 * Sends the deposit; where the chain did not answer, finds out by the nonce whether it was mined before sending again, so that it is
 * never paid twice. Null when it was mined but the answer was lost.
 */
async function send(chain: FarChain, options: DepositOptions, deadlineMs: number): Promise<Mined | null> {
  const before = await nonceOf(chain);
  for (;;) {
    try {
      return await chain.deposit({ amountWei: options.amountWei });
    } catch (error) {
      if (!isChainError(error) || !error.retryable || Date.now() > deadlineMs || options.signal.aborted) throw error;
      options.onProgress("the chain does not answer; waiting for it");
    }
    for (let now = await nonceOf(chain); ; now = await nonceOf(chain)) {
      if (now !== null && before !== null && now > before) return null;
      if (now !== null) break;
      if (Date.now() > deadlineMs || options.signal.aborted) break;
      await pause();
    }
  }
}

/** On the local chain a block that was not saved is gone after a crash, and was never confirmed: then the deposit is sent again. */
async function isLost(chain: FarChain, mined: Mined | null): Promise<boolean> {
  if (chain.chainId !== localChainId || mined === null) return false;
  const receipt = await chain.getReceipt({ hash: mined.hash }).catch(() => "unknown" as const);
  return receipt === undefined;
}

/**
 * Deposits and waits until the ledger says so.
 * @returns the transaction, and whether the credit was seen in the time allowed
 * @throws ChainError `chain_reverted` (the wallet holds less), `chain_no_gas`; CliError `interrupted`
 */
export async function depositDurably(
  chain: FarChain,
  options: DepositOptions,
): Promise<{ mined: Mined | null; isCredited: boolean }> {
  const deadlineMs = Date.now() + options.waitMsMax;
  let mined = await send(chain, options, deadlineMs);
  options.onProgress(
    mined === null ? "mined; waiting for the credit" : `mined in block ${mined.blockNumber}; waiting for the credit`,
  );
  while (Date.now() < deadlineMs) {
    if (options.signal.aborted) {
      const message = "The deposit is on chain; it will be credited once its block is confirmed.";
      throw new CliError("interrupted", "interrupted", { message });
    }
    if (await options.isCredited()) return { mined, isCredited: true };
    if (await isLost(chain, mined)) {
      options.onProgress("the chain lost the unconfirmed block in a crash; sending again");
      mined = await send(chain, options, deadlineMs);
    }
    await pause();
  }
  return { mined, isCredited: false };
}
