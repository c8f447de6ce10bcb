import { booleanArray, numberArray, type Statement, type Tx, textArray } from "#platform/pg";
import { assetOf, hasFloor } from "../model/account.ts";
import type { Change } from "../model/changes.ts";

/** Adds to accounts that exist and are locked. */
export const updateAccounts = (tx: Tx, changes: readonly Change[]): Statement =>
  tx`
    UPDATE ledger.accounts a
    SET debits = a.debits + c.debits, credits = a.credits + c.credits, reserved = a.reserved + c.reserved
    FROM unnest(
      ${textArray(changes.map((c) => c.account))}::text[],
      ${numberArray(changes.map((c) => c.debits))}::numeric[],
      ${numberArray(changes.map((c) => c.credits))}::numeric[],
      ${numberArray(changes.map((c) => c.reserved))}::numeric[]
    ) AS c (id, debits, credits, reserved)
    WHERE a.id = c.id`;

/** Opens accounts with what first reached them; another process may just have opened the same one. */
export const openAccounts = (tx: Tx, changes: readonly Change[]): Statement =>
  tx`
    INSERT INTO ledger.accounts AS a (id, asset, floored, debits, credits)
    SELECT * FROM unnest(
      ${textArray(changes.map((c) => c.account))}::text[],
      ${textArray(changes.map((c) => assetOf(c.account)))}::text[],
      ${booleanArray(changes.map((c) => hasFloor(c.account)))}::bool[],
      ${numberArray(changes.map((c) => c.debits))}::numeric[],
      ${numberArray(changes.map((c) => c.credits))}::numeric[])
    ORDER BY 1
    ON CONFLICT (id) DO UPDATE SET debits = a.debits + excluded.debits, credits = a.credits + excluded.credits`;

/** Makes rows for accounts that have none. Locks no existing row, unlike an upsert, so the order of locks stays the caller's. */
export const ensureAccounts = (tx: Tx, accounts: readonly string[]): Statement =>
  tx`
    INSERT INTO ledger.accounts (id, asset, floored)
    SELECT * FROM unnest(
      ${textArray(accounts)}::text[],
      ${textArray(accounts.map(assetOf))}::text[],
      ${booleanArray(accounts.map(hasFloor))}::bool[])
    ORDER BY 1
    ON CONFLICT (id) DO NOTHING`;

/** Appends for hot accounts, one row each, whatever the size of the batch. */
export const appendUnfolded = (tx: Tx, changes: readonly Change[]): Statement =>
  tx`
    INSERT INTO ledger.unfolded (account, debits, credits)
    SELECT * FROM unnest(
      ${textArray(changes.map((c) => c.account))}::text[],
      ${numberArray(changes.map((c) => c.debits))}::numeric[],
      ${numberArray(changes.map((c) => c.credits))}::numeric[])`;
