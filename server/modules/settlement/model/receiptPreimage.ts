import { hash } from "node:crypto";
import type { ReceiptPart } from "../settlement.ts";

/** The payer as the tree knows it, so that a node can check its copy without learning who paid. */
export const payerHash = (salt: string, wallet: string, account: string): string =>
  `0x${hash("sha256", `${salt}:${wallet}:${account}`, "hex")}`;

/**
 * A receipt's canonical form, version 1: a JSON array without white space, amounts as decimal strings, hex in lower case, fields in
 * the order below. The SHA-256 of its UTF-8 bytes is the receipt's leaf in its epoch's tree.
 */
export function receiptPreimage(receipt: ReceiptPart): Uint8Array {
  const { split } = receipt;
  const fields = [
    "far-receipt-1",
    receipt.taskId,
    payerHash(receipt.salt, receipt.payerWallet, receipt.payerAccount),
    receipt.nodes.map((n) => [n.nodeId, n.owner, n.tokens, String(n.amountWei)]),
    receipt.model,
    receipt.manifestHash,
    receipt.inputTokens,
    receipt.outputTokens,
    String(receipt.inputMicro),
    String(receipt.outputMicro),
    String(receipt.rate8),
    receipt.score,
    String(receipt.chargeWei),
    [String(split.operatorWei), String(split.stakersWei), String(split.treasuryWei)],
    receipt.requestHash,
    receipt.responseHash,
    receipt.salt,
    receipt.createdAtMs,
  ];
  return new TextEncoder().encode(JSON.stringify(fields));
}
