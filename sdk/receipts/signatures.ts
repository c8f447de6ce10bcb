import type { GatewayProof, NodeProof } from "@farlabs/protocol";
import { type Finding, found } from "./arithmetic.ts";
import { rootOf, type Struct, sha256, signerOf } from "./crypto.ts";
import type { Receipt } from "./types.ts";

const MISSING_UNFINISHED = "The attempt ended before the node had finished it, so the node signed nothing.";
const MISSING_SILENT = "No valid signature of the node over this output has arrived.";

const paymentDomain = ({ chain_id, contract }: GatewayProof): Struct => ({
  type: "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
  members: [
    ["string", "Far InferencePayment"],
    ["string", "1"],
    ["uint", chain_id],
    ["address", contract],
  ],
});
const nodeDomain = (chainId: number): Struct => ({
  type: "EIP712Domain(string name,string version,uint256 chainId)",
  members: [
    ["string", "Far Labs"],
    ["string", "1"],
    ["uint", chainId],
  ],
});

/** The network's signature over the batch, and the receipt's place in it. */
export function checkGateway(leaf: string, proof: GatewayProof): Finding {
  if (rootOf(leaf, proof.path) !== proof.root)
    return { status: "failed", message: "The receipt is not in the batch that was signed." };
  const batch: Struct = {
    type: "ReceiptBatch(bytes32 root,uint32 count,uint64 signedAt)",
    members: [
      ["bytes32", proof.root],
      ["uint", proof.count],
      ["uint", proof.signed_at],
    ],
  };
  return found(
    signerOf(paymentDomain(proof), batch, proof.signature) === proof.signer,
    `Signed by ${proof.signer} at ${new Date(proof.signed_at * 1000).toISOString()}, for ${proof.contract} on chain ${proof.chain_id}.`,
    "The signature over the batch is not the signer's.",
  );
}

function sessionFlaw({ session, root, count, at, signature }: NodeProof): string | null {
  const binding: Struct = {
    type: "NodeSession(address sessionKey,string network,uint64 validFrom)",
    members: [
      ["address", session.key],
      ["string", session.network],
      ["uint", session.valid_from],
    ],
  };
  if (signerOf(nodeDomain(session.chain_id), binding, session.signature) !== session.node_key)
    return "The node key did not bind the session key.";
  if (at < session.valid_from * 1000) return "The root is older than the session key.";
  const statement: Struct = {
    type: "NodeRoot(bytes32 root,uint32 count,uint64 at)",
    members: [
      ["bytes32", root],
      ["uint", count],
      ["uint", at],
    ],
  };
  return signerOf(nodeDomain(session.chain_id), statement, signature) === session.key
    ? null
    : "The signature over the node's root is not the session key's.";
}

/** What the node at `index` signed of its output. */
export function checkNode(receipt: Receipt, index: number): Finding {
  const node = receipt.nodes[index];
  const proof = receipt.proof.nodes[index];
  if (node === undefined || proof === undefined)
    return { status: "failed", message: "Nodes and their statements do not match." };
  if ("missing" in proof) {
    const why = node.tokens_claimed === null ? MISSING_UNFINISHED : MISSING_SILENT;
    if (proof.missing === why) return { status: "not_checked", message: why };
    return { status: "failed", message: "The reason for the missing signature does not fit." };
  }
  if (node.tokens_claimed === null)
    return { status: "failed", message: "A node cannot have signed an attempt that it did not finish." };
  const said = ["far-output-1", receipt.task_id, node.attempt, node.output_hash, node.tokens_claimed];
  if (rootOf(sha256(JSON.stringify(said)), proof.path) !== proof.root)
    return { status: "failed", message: "The node signed another output than arrived." };
  const flaw = sessionFlaw(proof);
  return found(
    flaw === null,
    `${node.node_id} signed what it delivered, by a session of node key ${proof.session.node_key}.`,
    flaw ?? "",
  );
}
