import { hash } from "node:crypto";
import type { ReceiptPart } from "../settlement.ts";

/** Who paid and what for, with a salt of its own; in code-point order, as all that is hashed here. */
export const payerFields = ({ payerAccount, payerSalt, payerWallet, purpose }: ReceiptPart) => ({
  account: payerAccount,
  purpose,
  salt: payerSalt,
  wallet: payerWallet,
});
export type PayerFields = ReturnType<typeof payerFields>;

/**
 * The payer as the tree knows it. Whoever holds a copy without {@link payerFields} holds none of its salt either, so trying out every payer
 * that a node knows of, the network itself among them, tells it nothing.
 */
const payerHash = (receipt: ReceiptPart): string => `0x${hash("sha256", JSON.stringify(payerFields(receipt)), "hex")}`;

/**
 * The fields of a receipt that are hashed, named as its owner reads them and already in code-point order, so that plain `JSON.stringify`
 * gives the canonical form (docs/receipts.md).
 */
export function receiptFields(receipt: ReceiptPart) {
  const { split } = receipt;
  return {
    asset: receipt.asset,
    charge: String(receipt.chargeWei),
    charge_vcu: receipt.chargeVcu === null ? null : String(receipt.chargeVcu),
    created_at: receipt.createdAtMs,
    form: "far-receipt-1",
    input_tokens: receipt.inputTokens,
    manifest_hash: receipt.manifestHash,
    model: receipt.model,
    nodes: receipt.nodes.map((n) => ({
      amount: String(n.amountWei),
      attempt: n.attempt,
      held: n.held,
      node_id: n.nodeId,
      output_hash: n.outputHash,
      owner: n.owner,
      score: Math.round(n.score * 100),
      tokens: n.tokens,
      tokens_claimed: n.tokensClaimed,
    })),
    output_tokens: receipt.outputTokens,
    payer_hash: payerHash(receipt),
    prices: { input_micro: String(receipt.inputMicro), output_micro: String(receipt.outputMicro) },
    rate: String(receipt.rate8),
    request_hash: receipt.requestHash,
    response_hash: receipt.responseHash,
    salt: receipt.salt,
    split: {
      operator: String(split.operatorWei),
      stakers: String(split.stakersWei),
      treasury: String(split.treasuryWei),
    },
    task_id: receipt.taskId,
  };
}
export type ReceiptFields = ReturnType<typeof receiptFields>;

/** The text whose SHA-256 is the receipt's leaf, in its batch's tree and in its epoch's. */
export const receiptPreimage = (receipt: ReceiptPart): string => JSON.stringify(receiptFields(receipt));
