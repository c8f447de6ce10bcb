import type { OutboxEvent } from "#platform/outbox";
import { numberArray, type Tx, textArray } from "#platform/pg";
import { type Entry, entriesOf, mergeEntries } from "../model/entries.ts";
import type { Context } from "./context.ts";

/** The columns of a set of rows as literals for `unnest`. */
function columnsOf(entries: readonly Entry[], accounts: ReadonlyMap<string, string | null>) {
  return {
    streams: textArray(entries.map((e) => e.stream)),
    roles: textArray(entries.map((e) => e.role)),
    wallets: textArray(entries.map((e) => e.wallet)),
    users: textArray(entries.map((e) => accounts.get(e.wallet) ?? null)),
    far: numberArray(entries.map((e) => e.farWei)),
    usd: textArray(entries.map((e) => e.usd26?.toString() ?? null)),
    internal: numberArray(entries.map((e) => e.internalWei)),
    hashes: textArray(entries.map((e) => e.txHash)),
    at: textArray(entries.map((e) => new Date(e.atMs).toISOString())),
  };
}

/** By multiplication: a division of numerics would round. */
const DOLLARS = "1e-26";

async function addHours(
  tx: Tx,
  entries: readonly Entry[],
  accounts: ReadonlyMap<string, string | null>,
): Promise<void> {
  const c = columnsOf(entries, accounts);
  await tx`
    insert into analytics.revenue_streams as held
      (stream_type, role, wallet, user_id, amount_far, amount_usd, amount_far_internal, created_at)
    select stream, role, wallet, user_id, far, usd * ${DOLLARS}::numeric, internal, at from unnest(${c.streams}::text[], ${c.roles}::text[],
      ${c.wallets}::text[], ${c.users}::text[], ${c.far}::numeric[], ${c.usd}::numeric[], ${c.internal}::numeric[], ${c.at}::timestamptz[])
      as e(stream, role, wallet, user_id, far, usd, internal, at)
    on conflict (created_at, stream_type, role, wallet) where transaction_hash is null do update set
      amount_far = held.amount_far + excluded.amount_far, amount_usd = held.amount_usd + excluded.amount_usd,
      amount_far_internal = held.amount_far_internal + excluded.amount_far_internal, user_id = coalesce(held.user_id, excluded.user_id)`;
}

async function addTransactions(
  tx: Tx,
  entries: readonly Entry[],
  accounts: ReadonlyMap<string, string | null>,
): Promise<void> {
  const c = columnsOf(entries, accounts);
  await tx`
    insert into analytics.revenue_streams (stream_type, role, wallet, user_id, amount_far, amount_usd, transaction_hash, created_at)
    select stream, role, wallet, user_id, far, usd * ${DOLLARS}::numeric, hash, at from unnest(${c.streams}::text[], ${c.roles}::text[],
      ${c.wallets}::text[], ${c.users}::text[], ${c.far}::numeric[], ${c.usd}::numeric[], ${c.hashes}::text[], ${c.at}::timestamptz[])
      as e(stream, role, wallet, user_id, far, usd, hash, at)`;
}

/**
 * Adds what events told of, in the transaction that moves the consumer's cursor: each counts once.
 * @returns the accounts that earned
 */
export async function countRevenue(context: Context, tx: Tx, events: readonly OutboxEvent[]): Promise<Set<string>> {
  const nowMs = context.clock.now();
  const entries = mergeEntries(events.flatMap((event) => entriesOf(event, nowMs)));
  const accounts = new Map<string, string | null>();
  for (const { wallet } of entries) {
    if (wallet !== "" && !accounts.has(wallet)) accounts.set(wallet, await context.accountOf(wallet));
  }
  const hours = entries.filter((e) => e.txHash === null);
  if (hours.length > 0) await addHours(tx, hours, accounts);
  const transactions = entries.filter((e) => e.txHash !== null);
  if (transactions.length > 0) await addTransactions(tx, transactions, accounts);
  return new Set([...accounts.values()].filter((account) => account !== null));
}
