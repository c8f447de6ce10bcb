import { coded, newId } from "#kernel";
import type { Sql, Tx } from "#platform/pg";

/** The account of a wallet, or null. */
export async function accountOfWallet(sql: Sql | Tx, wallet: string): Promise<string | null> {
  const [row] = await sql<{ account_id: string }[]>`
    select account_id from identity.wallets where address = ${wallet.toLowerCase()}`;
  return row?.account_id ?? null;
}

/** The account of a proved wallet, created at first sight. One of two at the same moment wins; the other finds it. */
export async function openAccount(tx: Tx, wallet: string): Promise<string> {
  const address = wallet.toLowerCase();
  // Held until commit, so that the loser of a race reads the winner's row and not its absence.
  await tx`select pg_advisory_xact_lock(hashtextextended(${`identity.wallet.${address}`}, 0))`;
  const known = await accountOfWallet(tx, address);
  if (known !== null) return known;
  const id = newId("acct");
  await tx`insert into identity.users (id, wallet_address) values (${id}, ${address})`;
  await tx`insert into identity.wallets (address, account_id) values (${address}, ${id})`;
  return id;
}

/** @throws account_suspended */
export async function touchLogin(tx: Tx, accountId: string, at: Date): Promise<void> {
  const [row] = await tx<{ status: string }[]>`
    update identity.users set last_login_at = ${at} where id = ${accountId} returning status`;
  if (row?.status !== "active") throw coded("account_suspended");
}
