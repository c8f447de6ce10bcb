import type { ReceiptPart } from "../settlement.ts";

const address = /^0x[0-9a-f]{40}$/;
const payer = /^(0x[0-9a-f]{40}|treasury|task:0x[0-9a-f]{64})$/;

/**
 * What is wrong with a receipt, in words, or null. The bounds are those of the contract's `Netting`: operators at most 66 %, stakers at
 * least 20 %, one wei of rounding for each task.
 */
export function checkReceipt(receipt: ReceiptPart): string | null {
  const { chargeWei, split, nodes } = receipt;
  if (chargeWei <= 0n) return "nothing was charged";
  if (split.operatorWei < 0n || split.stakersWei < 0n || split.treasuryWei < 0n) return "a part is negative";
  if (split.operatorWei + split.stakersWei + split.treasuryWei !== chargeWei) return "the split is not the charge";
  const paid = nodes.reduce((sum, node) => sum + node.amountWei, 0n);
  if (paid !== split.operatorWei || nodes.some((node) => node.amountWei < 0n))
    return "nodes are not the operator's part";
  if (split.operatorWei * 100n > chargeWei * 66n + 100n) return "operators get more than 66 %";
  if (split.stakersWei * 100n + 100n < chargeWei * 20n) return "stakers get less than 20 %";
  if (!payer.test(receipt.payerWallet) || nodes.some((node) => !address.test(node.owner)))
    return "an address is malformed";
  // `completeTask` pays one operator, to claim, and nobody else.
  if (receipt.payerWallet.startsWith("task:") && (nodes.length !== 1 || nodes.some((node) => node.held)))
    return "a task on chain pays one node that is registered";
  if ((receipt.asset === "VCU") !== (receipt.chargeVcu !== null)) return "the charge is not in its asset";
  return null;
}
