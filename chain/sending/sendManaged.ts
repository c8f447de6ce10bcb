import { type Address, type Hex, keccak256, type LocalAccount, parseGwei } from "viem";
import { type ChainClient, requireAccount } from "../client.ts";
import { ChainError, toChainError, withChainErrors } from "../errors.ts";

/** Fees of one attempt, in wei of the chain's own coin per gas. */
export type Fees = { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint };

/** A signed attempt, known before anything is sent. */
export type SignedAttempt = { readonly hash: Hex; readonly rawTx: Hex; readonly nonce: number; readonly fees: Fees };

/**
 * What became of an attempt, in order of precedence:
 * - `sent` the node took it, or already had it
 * - `nonceUsed` some transaction with this nonce is already mined: look for the receipt of every hash ever signed for it
 */
export type SendOutcome =
  | { readonly status: "sent"; readonly attempt: SignedAttempt }
  | { readonly status: "nonceUsed" };

export type SendManagedOptions = {
  /** Null makes a contract. */
  readonly to: Address | null;
  readonly data: Hex;
  /** Chosen and kept by the caller, so that a second attempt replaces the first instead of following it. */
  readonly nonce: number;
  /** Defaults to the client's account. */
  readonly account?: LocalAccount;
  /** Fees of the last attempt with this nonce: the new one outbids it by an eighth or more. */
  readonly previousFees?: Fees | undefined;
  /**
   * Gas limit. Without it the call is estimated, which fails with the contract's reason if it would revert now.
   */
  readonly gas?: bigint;
  /** Called with the signed attempt before it is sent: the place to write its hash down. */
  readonly onSigned?: (attempt: SignedAttempt) => Promise<void>;
};

const bumpTriesMax = 8;

/** Nodes take a replacement only if both fees rise by a tenth; an eighth leaves room for rounding. */
function outbid(fees: Fees): Fees {
  const raise = (wei: bigint): bigint => wei + wei / 8n + 1n;
  return { maxFeePerGas: raise(fees.maxFeePerGas), maxPriorityFeePerGas: raise(fees.maxPriorityFeePerGas) };
}

function atLeast(a: Fees, b: Fees): Fees {
  const max = (x: bigint, y: bigint): bigint => (x > y ? x : y);
  return {
    maxFeePerGas: max(a.maxFeePerGas, b.maxFeePerGas),
    maxPriorityFeePerGas: max(a.maxPriorityFeePerGas, b.maxPriorityFeePerGas),
  };
}

async function currentFees(client: ChainClient): Promise<Fees> {
  const block = await client.reader.getBlock();
  const maxPriorityFeePerGas = await client.reader.estimateMaxPriorityFeePerGas().catch(() => parseGwei("1"));
  // Twice the base fee survives six full blocks in a row.
  return { maxFeePerGas: (block.baseFeePerGas ?? 0n) * 2n + maxPriorityFeePerGas, maxPriorityFeePerGas };
}

async function sign(
  client: ChainClient,
  options: SendManagedOptions & { gas: bigint },
  fees: Fees,
): Promise<SignedAttempt> {
  const account = options.account ?? requireAccount(client);
  const { to, data, nonce, gas } = options;
  const rawTx = await account.signTransaction({
    type: "eip1559",
    chainId: client.chainId,
    to,
    data,
    nonce,
    gas,
    ...fees,
  });
  return { hash: keccak256(rawTx), rawTx, nonce, fees };
}

async function estimateGas(
  client: ChainClient,
  call: { account: LocalAccount; to: Address | null; data: Hex },
): Promise<bigint> {
  const { account, to, data } = call;
  const gas = await client.reader.estimateGas({ account, data, ...(to === null ? {} : { to }) });
  return (gas * 5n) / 4n;
}

type Answer = "sent" | "nonceUsed" | "underpriced";

async function broadcast(client: ChainClient, rawTx: Hex): Promise<Answer> {
  try {
    await client.reader.sendRawTransaction({ serializedTransaction: rawTx });
    return "sent";
  } catch (error) {
    const text = `${(error as { details?: string }).details ?? ""} ${(error as Error).message}`;
    if (/already known|already imported|known transaction/i.test(text)) return "sent";
    if (/nonce too low/i.test(text)) return "nonceUsed";
    if (/underpriced/i.test(text)) return "underpriced";
    throw toChainError(error);
  }
}

/**
 * Sends one transaction under a nonce that the caller holds on to: sign, tell the caller (`onSigned`), then send. To get a
 * stuck one moving, call again with the same nonce and `previousFees`; to recover after a crash, just call again: at
 * most one transaction of a nonce is ever mined.
 * @throws ChainError `chain_reverted` when the estimate fails; `chain_no_gas`; `chain_unavailable`, after which it is unknown
 * whether the attempt was taken, so call again.
 */
export async function sendManaged(client: ChainClient, options: SendManagedOptions): Promise<SendOutcome> {
  const account = options.account ?? requireAccount(client);
  const prepared = await withChainErrors(async () => {
    // Asked first: the call of a transaction that is already mined would fail its estimate.
    const mined = await client.reader.getTransactionCount({ address: account.address, blockTag: "latest" });
    if (mined > options.nonce) return undefined;
    return {
      gas: options.gas ?? (await estimateGas(client, { ...options, account })),
      fees: await currentFees(client),
    };
  });
  if (prepared === undefined) return { status: "nonceUsed" };
  const { gas } = prepared;
  let { fees } = prepared;
  if (options.previousFees) fees = atLeast(fees, outbid(options.previousFees));
  for (let tries = 0; tries < bumpTriesMax; tries += 1) {
    const attempt = await sign(client, { ...options, gas }, fees);
    await options.onSigned?.(attempt);
    const answer = await broadcast(client, attempt.rawTx);
    if (answer === "sent") return { status: "sent", attempt };
    if (answer === "nonceUsed") return { status: "nonceUsed" };
    fees = outbid(fees);
  }
  throw new ChainError("chain_unavailable", "The node keeps calling the fees too low.");
}
