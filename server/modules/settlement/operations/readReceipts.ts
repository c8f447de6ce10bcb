import "../errors.ts";
import { coded } from "#kernel";
import type { Sql } from "#platform/pg";
import type { Receipt } from "../settlement.ts";
import { type ReceiptRow, toReceipt } from "./receiptRow.ts";

/** One receipt, of this account only. @throws receipt_not_found */
export async function readReceipt(sql: Sql, accountId: string, taskId: string): Promise<Receipt> {
  const [row] = await sql<ReceiptRow[]>`
    SELECT * FROM settlement.receipts WHERE task_id = ${taskId} AND payer_account = ${accountId}`;
  if (row === undefined) throw coded("receipt_not_found");
  return toReceipt(row);
}

/** Newest first. The cursor is the last task id of the page before. */
export async function listReceipts(
  sql: Sql,
  accountId: string,
  page: { cursor?: string; limit: number },
): Promise<{ data: Receipt[]; nextCursor: string | null }> {
  const { cursor = null, limit } = page;
  const rows = await sql<ReceiptRow[]>`
    SELECT * FROM settlement.receipts
    WHERE payer_account = ${accountId} AND (${cursor}::text IS NULL OR (created_at, task_id) <
      (SELECT c.created_at, c.task_id FROM settlement.receipts c WHERE c.task_id = ${cursor} AND c.payer_account = ${accountId}))
    ORDER BY created_at DESC, task_id DESC LIMIT ${limit + 1}`;
  const data = rows.slice(0, limit).map(toReceipt);
  return { data, nextCursor: rows.length > limit ? (data.at(-1)?.task_id ?? null) : null };
}
