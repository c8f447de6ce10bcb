import type { Contributor, Entry, Tx } from "#platform/pg";
import { jsonArray, numberArray, textArray } from "#platform/pg";
import { checkReceipt } from "../model/checkReceipt.ts";
import { leafOf } from "../model/merkle.ts";
import { receiptPreimage } from "../model/receiptPreimage.ts";
import type { ReceiptPart } from "../settlement.ts";

const nodesOf = (part: ReceiptPart) => part.nodes.map((n) => ({ ...n, amountWei: n.amountWei.toString() }));

/**
 * The part `receipt`. Nothing to lock: the task id is the key, and the unit's `funds` part already decides a replay. A receipt that the
 * contract would refuse is refused here, since one of them would block every later epoch.
 */
export const receiptContributor: Contributor<ReceiptPart> = {
  decide(entries) {
    for (const entry of entries) {
      if (entry.skipped) continue;
      const flaw = checkReceipt(entry.part);
      if (flaw !== null) entry.refuse(new Error(`receipt of ${entry.part.taskId}: ${flaw}`));
    }
  },
  write(tx: Tx, entries: readonly Entry<ReceiptPart>[]) {
    if (entries.length === 0) return [];
    const parts = entries.map((entry) => entry.part);
    const text = (pick: (part: ReceiptPart) => string | null) => textArray(parts.map(pick));
    const number = (pick: (part: ReceiptPart) => bigint | number) => numberArray(parts.map(pick));
    const leaves = parts.map((part) => leafOf(receiptPreimage(part)).slice(2)).join("");
    // Conflict: the same unit after a commit whose outcome was unknown.
    return [
      tx`
        WITH c AS (INSERT INTO settlement.receipt_commits (leaves) VALUES (decode(${leaves}, 'hex')) RETURNING id)
        INSERT INTO settlement.receipts (commit_id, task_id, payer_wallet, payer_account, payer_salt, purpose, nodes, model, manifest_hash,
          input_tokens, output_tokens, input_micro, output_micro, rate8, asset, charge_wei, charge_vcu,
          operator_wei, stakers_wei, treasury_wei, request_hash, response_hash, salt, created_at)
        SELECT c.id, t, w, a, ps, p, n::jsonb, m, mh, it, ot, im, om, r, s, ch, cv, o, st, tr, rq, rs, sa, to_timestamp(at / 1000.0)
        FROM unnest(${text((p) => p.taskId)}::text[], ${text((p) => p.payerWallet)}::text[],
          ${text((p) => p.payerAccount)}::text[], ${text((p) => p.payerSalt)}::text[], ${text((p) => p.purpose)}::text[],
          ${jsonArray(parts.map(nodesOf))}::text[], ${text((p) => p.model)}::text[],
          ${text((p) => p.manifestHash)}::text[], ${number((p) => p.inputTokens)}::int8[],
          ${number((p) => p.outputTokens)}::int8[], ${number((p) => p.inputMicro)}::numeric[],
          ${number((p) => p.outputMicro)}::numeric[], ${number((p) => p.rate8)}::numeric[],
          ${text((p) => p.asset)}::text[], ${number((p) => p.chargeWei)}::numeric[],
          ${text((p) => p.chargeVcu?.toString() ?? null)}::numeric[],
          ${number((p) => p.split.operatorWei)}::numeric[], ${number((p) => p.split.stakersWei)}::numeric[],
          ${number((p) => p.split.treasuryWei)}::numeric[], ${text((p) => p.requestHash)}::text[],
          ${text((p) => p.responseHash)}::text[], ${text((p) => p.salt)}::text[],
          ${number((p) => p.createdAtMs)}::int8[])
          AS u (t, w, a, ps, p, n, m, mh, it, ot, im, om, r, s, ch, cv, o, st, tr, rq, rs, sa, at), c
        ON CONFLICT (task_id) DO NOTHING`,
    ];
  },
};
