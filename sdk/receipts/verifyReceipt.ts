import { checkPrice, checkSplit, type Finding, found } from "./arithmetic.ts";
import { canonicalJson } from "./canonical.ts";
import { askChain } from "./chain.ts";
import { rootOf, sha256 } from "./crypto.ts";
import { flawOf, isReceipt } from "./form.ts";
import { checkGateway, checkNode } from "./signatures.ts";
import type { Receipt, ReceiptCheck, ReceiptReport } from "./types.ts";

export interface VerifyOptions {
  /** JSON-RPC of the receipt's chain; without one the signer's role and the inclusion are not checked. */
  rpcUrl?: string;
  /** The escrow contract that the receipt must be of, in any case of hex; any that it names when absent. */
  contract?: string;
  /** Default: the global one. */
  fetch?: typeof fetch;
}

const NO_RPC = "without an RPC url";

function checkPayer({ payer, payer_hash }: Receipt): Finding {
  if (payer === undefined) return { status: "not_checked", message: "A node's copy: the payer is a salted hash." };
  const isRight = sha256(canonicalJson(payer)) === payer_hash;
  return found(isRight, "The payer is the one that the receipt was made for.", "The payer is not the receipt's.");
}

function checkContract({ proof }: Receipt, contract: string | undefined): Finding {
  const { gateway } = proof;
  if (contract === undefined)
    return {
      status: "not_checked",
      message: `Whether ${gateway.contract} is the network's contract is for you to know.`,
    };
  const isRight = gateway.contract === contract.toLowerCase();
  return found(isRight, "The contract is the one you named.", `The receipt is of ${gateway.contract}.`);
}

/** The path to the epoch's root; that the chain has this root is the chain's to say. */
function checkInclusion(leaf: string, { proof }: Receipt): Finding {
  const { inclusion, gateway } = proof;
  if (inclusion === null) return { status: "not_checked", message: "No epoch of the chain has settled it yet." };
  if (inclusion.chain_id !== gateway.chain_id || inclusion.contract !== gateway.contract)
    return { status: "failed", message: "It was settled elsewhere than it was signed for." };
  return found(
    rootOf(leaf, inclusion.path) === inclusion.root,
    `The receipt is under the root that it names for epoch ${inclusion.epoch}.`,
    "The receipt is not under the root that it names for its epoch.",
  );
}

async function checkChain(receipt: Receipt, options: VerifyOptions): Promise<{ role: Finding; epoch: Finding | null }> {
  const { rpcUrl } = options;
  if (rpcUrl !== undefined) return askChain({ url: rpcUrl, fetch: options.fetch ?? fetch }, receipt);
  return {
    role: { status: "not_checked", message: `Whether the signer holds its role is not known ${NO_RPC}.` },
    epoch:
      receipt.proof.inclusion === null
        ? null
        : { status: "not_checked", message: `Whether the chain has that root is not known ${NO_RPC}.` },
  };
}

/**
 * Checks a receipt with nothing but the receipt, and the chain where a url is given: signatures, arithmetic, paths, bindings, the signer's
 * role and the inclusion in a settled epoch. Takes anything and never throws.
 * @returns one entry for each check; `ok` when none failed
 */
export async function verifyReceipt(value: unknown, options: VerifyOptions = {}): Promise<ReceiptReport> {
  const checks: ReceiptCheck[] = [];
  const add = (name: string, finding: Finding): void => void checks.push({ name, ...finding });
  const flaw = flawOf(value);
  add("form", found(flaw === null, "A receipt of form far-receipt-1.", `No receipt of form far-receipt-1: ${flaw}.`));
  if (!isReceipt(value)) return { ok: false, checks };
  const { payer: _payer, proof, ...signed } = value;
  const leaf = sha256(canonicalJson(signed));
  add("payer", checkPayer(value));
  add("price", checkPrice(value));
  add("split", checkSplit(value));
  add("signature", checkGateway(leaf, proof.gateway));
  add("contract", checkContract(value, options.contract));
  if (proof.nodes.length !== value.nodes.length)
    add("nodes", { status: "failed", message: "Nodes and their statements do not match." });
  value.nodes.forEach((node, i) => {
    add(`node ${node.node_id}, attempt ${node.attempt}`, checkNode(value, i));
  });
  add("inclusion", checkInclusion(leaf, value));
  const chain = await checkChain(value, options);
  add("signer role", chain.role);
  if (chain.epoch !== null) add("settlement", chain.epoch);
  return { ok: checks.every((check) => check.status !== "failed"), checks };
}
