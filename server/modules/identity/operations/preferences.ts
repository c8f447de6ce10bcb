import { coded } from "#kernel";
import type { Sql } from "#platform/pg";
import type { Preferences } from "../identity.ts";

/** What is stored; absent fields have their defaults. */
export interface StoredPreferences {
  trusted_only?: boolean;
  audits?: boolean;
}

/** Null stands for the defaults, so that the principals of most accounts carry nothing. */
export const preferencesOf = (stored: StoredPreferences): Preferences | null =>
  stored.trusted_only === undefined && stored.audits === undefined ? null : withDefaults(stored);

const withDefaults = (stored: StoredPreferences): Preferences => ({
  trustedOnly: stored.trusted_only ?? false,
  audits: stored.audits ?? true,
});

/** @throws not_found */
export async function readPreferences(sql: Sql, accountId: string): Promise<Preferences> {
  const [row] = await sql<
    { preferences: StoredPreferences }[]
  >`select preferences from identity.users where id = ${accountId}`;
  if (row === undefined) throw coded("not_found");
  return withDefaults(row.preferences);
}

/** Changes what is given and leaves the rest. @throws not_found */
export async function changePreferences(
  sql: Sql,
  accountId: string,
  change: Partial<Preferences>,
): Promise<Preferences> {
  const patch: StoredPreferences = {
    ...(change.trustedOnly === undefined ? {} : { trusted_only: change.trustedOnly }),
    ...(change.audits === undefined ? {} : { audits: change.audits }),
  };
  const [row] = await sql<{ preferences: StoredPreferences }[]>`
    update identity.users set preferences = preferences || ${JSON.stringify(patch)}::text::jsonb, updated_at = now()
    where id = ${accountId} returning preferences`;
  if (row === undefined) throw coded("not_found");
  return withDefaults(row.preferences);
}
