import type { Withdrawal } from "@farlabs/protocol";
import "../errors.ts";
import { coded } from "#kernel";
import type { Sql } from "#platform/pg";
import { toView, type VoucherRow } from "./voucher.ts";

/** One withdrawal, of this account only. @throws withdrawal_not_found */
export async function readVoucher(sql: Sql, accountId: string, id: string): Promise<Withdrawal> {
  const [row] = await sql<VoucherRow[]>`
    SELECT * FROM settlement.vouchers WHERE id = ${id} AND account_id = ${accountId}`;
  if (row === undefined) throw coded("withdrawal_not_found");
  return toView(row);
}

/** Newest first. The cursor is the last id of the page before. */
export async function listVouchers(
  sql: Sql,
  accountId: string,
  page: { cursor?: string; limit: number },
): Promise<{ data: Withdrawal[]; nextCursor: string | null }> {
  const { cursor = null, limit } = page;
  const rows = await sql<VoucherRow[]>`
    SELECT * FROM settlement.vouchers
    WHERE account_id = ${accountId} AND (${cursor}::text IS NULL OR (created_at, id) <
      (SELECT c.created_at, c.id FROM settlement.vouchers c WHERE c.id = ${cursor} AND c.account_id = ${accountId}))
    ORDER BY created_at DESC, id DESC LIMIT ${limit + 1}`;
  const data = rows.slice(0, limit).map(toView);
  return { data, nextCursor: rows.length > limit ? (data.at(-1)?.id ?? null) : null };
}
