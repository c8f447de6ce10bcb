import type { Clock } from "#kernel";
import type { Sql, Tx } from "#platform/pg";
import type { IdentityConfig } from "./config.ts";

export interface IdentityDeps {
  sql: Sql;
  config: IdentityConfig;
  clock: Clock;
  /**
   * Runs in the transaction that stores a new key, so that no key works before its cap exists. Required where keys have caps.
   * `account` is `usd:cap:<keyId>`.
   */
  onKeyCreated?: (
    tx: Tx,
    key: { keyId: string; accountId: string; account: string; capMicroUsd: bigint },
  ) => Promise<void>;
  /** What is left of caps, `ledger.balances` as it is: `posted` is the cap less what was spent. */
  capBalances?: (accounts: readonly string[]) => Promise<readonly { account: string; posted: bigint }[]>;
  /** A viem client of the sign-in chain, for contract wallets (ERC-1271, ERC-6492); without it only key-held wallets sign in. */
  chain?: {
    verifyMessage(p: { address: `0x${string}`; message: string; signature: `0x${string}` }): Promise<boolean>;
  };
}

/** What a module keeps between operations. */
export const capAccountOf = (keyId: string): string => `usd:cap:${keyId}`;
