import { coded } from "#kernel";
import type { Sql } from "#platform/pg";
import { accountOfWallet } from "./openAccount.ts";

/** Wallets of an account, primary first. */
export async function walletsOf(sql: Sql, accountId: string): Promise<string[]> {
  const rows = await sql<{ address: string }[]>`
    select w.address from identity.wallets w join identity.users u on u.id = w.account_id
    where w.account_id = ${accountId} order by (w.address = u.wallet_address) desc, w.created_at, w.address`;
  return rows.map((row) => row.address);
}

/** Gives a proved wallet to an account; one that it has already is no error. @throws wallet_taken */
export async function addWallet(sql: Sql, p: { accountId: string; address: string }): Promise<string[]> {
  await sql`
    insert into identity.wallets (address, account_id) values (${p.address}, ${p.accountId}) on conflict (address) do nothing`;
  if ((await accountOfWallet(sql, p.address)) !== p.accountId) throw coded("wallet_taken");
  return walletsOf(sql, p.accountId);
}

/** The account's row is locked, so that two removals at once cannot take the last two. @throws not_found, last_wallet */
export async function removeWallet(sql: Sql, p: { accountId: string; address: string }): Promise<string[]> {
  const address = p.address.toLowerCase();
  await sql.begin(async (tx) => {
    await tx`select from identity.users where id = ${p.accountId} for update`;
    const rows = await tx<{ address: string }[]>`
      select address from identity.wallets where account_id = ${p.accountId} order by created_at, address`;
    if (!rows.some((row) => row.address === address)) throw coded("not_found");
    const next = rows.find((row) => row.address !== address);
    if (next === undefined) throw coded("last_wallet");
    await tx`delete from identity.wallets where address = ${address} and account_id = ${p.accountId}`;
    await tx`
      update identity.users set wallet_address = ${next.address}, updated_at = now()
      where id = ${p.accountId} and wallet_address = ${address}`;
  });
  return walletsOf(sql, p.accountId);
}
