import "../errors.ts";
import { coded } from "#kernel";
import type { Sql } from "#platform/pg";
import type { ReceiptRow } from "./receiptRow.ts";

/** One receipt, of this account only. @throws receipt_not_found */
export async function readReceipt(sql: Sql, accountId: string, taskId: string): Promise<ReceiptRow> {
  const [row] = await sql<ReceiptRow[]>`
    SELECT * FROM settlement.receipts WHERE task_id = ${taskId} AND payer_account = ${accountId}`;
  if (row === undefined) throw coded("receipt_not_found");
  return row;
}

/** One receipt that pays this node. @throws receipt_not_found */
export async function readNodeReceipt(sql: Sql, nodeId: string, taskId: string): Promise<ReceiptRow> {
  const [row] = await sql<ReceiptRow[]>`
    SELECT * FROM settlement.receipts
    WHERE task_id = ${taskId} AND nodes @> ${JSON.stringify([{ nodeId }])}::text::jsonb`;
  if (row === undefined)
    throw coded("receipt_not_found", { message: "That task paid this node nothing, so there is no receipt for it." });
  return row;
}

/** Newest first. The cursor is the last task id of the page before. */
export async function listReceipts(
  sql: Sql,
  accountId: string,
  page: { cursor?: string; limit: number },
): Promise<{ rows: ReceiptRow[]; nextCursor: string | null }> {
  const { cursor = null, limit } = page;
  const rows = await sql<ReceiptRow[]>`
    SELECT * FROM settlement.receipts
    WHERE payer_account = ${accountId} AND (${cursor}::text IS NULL OR (created_at, task_id) <
      (SELECT c.created_at, c.task_id FROM settlement.receipts c WHERE c.task_id = ${cursor} AND c.payer_account = ${accountId}))
    ORDER BY created_at DESC, task_id DESC LIMIT ${limit + 1}`;
  const shown = rows.slice(0, limit);
  return { rows: shown, nextCursor: rows.length > limit ? (shown.at(-1)?.task_id ?? null) : null };
}
