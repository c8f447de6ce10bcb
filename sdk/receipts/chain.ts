/** What a chain says of a receipt, read by plain JSON-RPC. */
import { type Finding, found } from "./arithmetic.ts";
import { keccakText } from "./crypto.ts";
import type { Receipt } from "./types.ts";

const TIMEOUT_MS = 15_000;

export interface Rpc {
  url: string;
  fetch: typeof fetch;
}
interface Block {
  number: number;
  timestampS: number;
}

/** @throws Error when the node does not answer, or answers with an error */
async function call(rpc: Rpc, method: string, params: unknown[]): Promise<unknown> {
  const response = await rpc.fetch(rpc.url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const body = (await response.json()) as { result?: unknown; error?: { message?: string } };
  if (body.error !== undefined) throw new Error(body.error.message ?? "the chain's node refused");
  if (body.result === undefined || body.result === null) throw new Error(`the chain's node has no answer to ${method}`);
  return body.result;
}
const toHex = (n: number): string => `0x${n.toString(16)}`;
const word = (hex: string): string => hex.replace("0x", "").padStart(64, "0");

const view = async (rpc: Rpc, to: string, data: string, block: string): Promise<string> =>
  String(await call(rpc, "eth_call", [{ to, data }, block]));
const selector = (signature: string): string => keccakText(signature).slice(0, 10);

async function readBlock(rpc: Rpc, tag: string): Promise<Block> {
  const block = (await call(rpc, "eth_getBlockByNumber", [tag, false])) as { number: string; timestamp: string };
  return { number: Number(block.number), timestampS: Number(block.timestamp) };
}

/** The last block that is not younger than a time. */
async function blockAt(rpc: Rpc, timeS: number): Promise<Block> {
  let high = await readBlock(rpc, "latest");
  if (high.timestampS <= timeS) return high;
  let low = await readBlock(rpc, "0x0");
  while (high.number - low.number > 1) {
    // Blocks come at a nearly even pace, so where the time lies between two known blocks tells nearly where its block does.
    const share = (timeS - low.timestampS) / Math.max(1, high.timestampS - low.timestampS);
    const guess = low.number + Math.round(share * (high.number - low.number));
    const middle = await readBlock(rpc, toHex(Math.min(high.number - 1, Math.max(low.number + 1, guess))));
    if (middle.timestampS <= timeS) low = middle;
    else high = middle;
  }
  return low;
}

async function holdsRole(rpc: Rpc, { contract, signer }: Receipt["proof"]["gateway"], block: string): Promise<boolean> {
  const data = `${selector("hasRole(bytes32,address)")}${word(keccakText("SIGNER"))}${word(signer)}`;
  return BigInt(await view(rpc, contract, data, block)) === 1n;
}

async function checkChainId(rpc: Rpc, { gateway }: Receipt["proof"]): Promise<Finding | null> {
  const chainId = Number(await call(rpc, "eth_chainId", []));
  if (chainId === gateway.chain_id) return null;
  return {
    status: "failed",
    message: `The receipt is of chain ${gateway.chain_id}, the node at the url of ${chainId}.`,
  };
}

/** Whether the signer may sign: at the block of signing where the node still knows it, else now. */
async function checkRole(rpc: Rpc, { gateway }: Receipt["proof"]): Promise<Finding> {
  const wrong = `${gateway.signer} does not hold the signer role of ${gateway.contract}`;
  try {
    const block = await blockAt(rpc, gateway.signed_at);
    return found(
      await holdsRole(rpc, gateway, toHex(block.number)),
      `The signer held the signer role when it signed, at block ${block.number}.`,
      `${wrong}: not at block ${block.number}, when it signed.`,
    );
  } catch {
    return found(
      await holdsRole(rpc, gateway, "latest"),
      "The signer holds the signer role now; the node at the url does not keep the state of the block of signing.",
      `${wrong} now.`,
    );
  }
}

async function checkEpoch(rpc: Rpc, { inclusion }: Receipt["proof"]): Promise<Finding | null> {
  if (inclusion === null) return null;
  const data = `${selector("receiptsRootOf(uint64)")}${word(inclusion.epoch.toString(16))}`;
  return found(
    (await view(rpc, inclusion.contract, data, "latest")) === inclusion.root,
    `Epoch ${inclusion.epoch} settled this receipt on chain ${inclusion.chain_id}.`,
    `The chain has another root for epoch ${inclusion.epoch}.`,
  );
}

/** What the chain says: of the signer, and of the epoch (null where the receipt names none). A node that cannot be asked fails nothing. */
export async function askChain(rpc: Rpc, { proof }: Receipt): Promise<{ role: Finding; epoch: Finding | null }> {
  try {
    const other = await checkChainId(rpc, proof);
    if (other !== null) return { role: other, epoch: proof.inclusion === null ? null : other };
    const [role, epoch] = await Promise.all([checkRole(rpc, proof), checkEpoch(rpc, proof)]);
    return { role, epoch };
  } catch (error) {
    const message = `The chain could not be asked: ${error instanceof Error ? error.message : "no answer"}.`;
    const silent: Finding = { status: "not_checked", message };
    return { role: silent, epoch: proof.inclusion === null ? null : silent };
  }
}
