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

/** How many transactions of the wallet the chain knows, those included that wait to be mined; null while it does not answer. */
async function nonceOf(chain: FarChain): Promise<number | null> {
  if (chain.account === undefined) throw new Error("a deposit is signed");
  const { address } = chain.account;
  return chain.reader.getTransactionCount({ address, blockTag: "pending" }).catch(() => null);
}

/** Waits for the chain. @throws CliError `chain_unavailable`, `interrupted` */
async function knownNonce(chain: FarChain, options: DepositOptions, deadlineMs: number): Promise<number> {
  for (let isTold = false; ; await pause()) {
    const nonce = await nonceOf(chain);
    if (nonce !== null) return nonce;
    if (!isTold) options.onProgress("the chain does not answer; waiting for it");
    isTold = true;
    if (options.signal.aborted) throw new CliError("interrupted", "interrupted", { message: "Stopped waiting." });
    if (Date.now() > deadlineMs) {
      throw new CliError("unreachable", "chain_unavailable", { message: "The chain does not answer." });
    }
  }
}

/**
 * Sends the deposit. Where the answer was lost, the wallet's nonce tells whether the chain has it, before it is sent again: it is never
 * paid twice. Null when the chain has it but its block is not known.
 */
async function send(chain: FarChain, options: DepositOptions, deadlineMs: number): Promise<Mined | null> {
  const before = await knownNonce(chain, options, deadlineMs);
  for (;;) {
    try {
      return await chain.deposit({ amountWei: options.amountWei });
    } catch (error) {
      if (!isChainError(error) || !error.retryable) throw error;
      if (error.code === "chain_not_mined") return null;
      if (Date.now() > deadlineMs) throw error;
    }
    await pause();
    if ((await knownNonce(chain, options, deadlineMs)) > before) return null;
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
    mined === null ? "sent; waiting for the credit" : `mined in block ${mined.blockNumber}; waiting for the credit`,
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
