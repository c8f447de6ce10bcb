/** Who calls: accounts, wallets, API keys, sessions, and what each may do. Knows no other module. */
import type { ApiKeyInfo, Scope } from "@farlabs/protocol";

/** The authenticated caller of one request. Immutable and shared by all requests of the same key; never mutate. */
export interface Principal {
  accountId: string;
  /** How it came in: an API key, a JWT exchanged from an API key, a wallet-signed session, or the local network's admin token. */
  via: "key" | "key-token" | "session" | "admin";
  keyId: string | null;
  sessionId: string | null;
  scopes: ReadonlySet<Scope>;
  /** Escrow wallets of the account, lower-case, primary first. A task reserves on exactly one. */
  wallets: readonly string[];
  /** `usd:cap:<keyId>` when the key has a spend cap. */
  capAccount: string | null;
  /** Requests a minute and running tasks allowed to the account. */
  ratePerMin: number;
  concurrencyMax: number;
}

export interface Session {
  accessToken: string;
  refreshToken: string;
  /** Seconds. */
  expiresIn: number;
  accountId: string;
  wallet: string | null;
}

export interface Identity {
  /**
   * `Authorization: Bearer …` → principal. Keys are answered from memory (at most 5 s old), so the hot path does not wait.
   * @throws missing_credentials, invalid_api_key, api_key_expired, ip_not_allowed, invalid_token (all 401; the IP one 403)
   */
  authenticate(authorization: string | undefined, ip: string): Principal | Promise<Principal>;
  /** @throws insufficient_scope (403) */
  require(principal: Principal, scope: Scope): void;

  siweNonce(address: string): Promise<{ nonce: string; domain: string; uri: string; chainId: number }>;
  /** Opens the account of the wallet, creating it at first sight. @throws invalid_signature */
  siweVerify(message: string, signature: string): Promise<Session>;
  /** Rotates; reuse of an old token revokes the family, with 10 s of grace for the immediate predecessor. @throws invalid_token */
  refresh(refreshToken: string): Promise<Session>;
  logout(sessionId: string): Promise<void>;
  /** A JWT of 15 min with the key's own scopes, never keys, wallets or withdraw. */
  tokenForKey(principal: Principal): Promise<{ accessToken: string; expiresIn: number }>;

  createKey(
    accountId: string,
    input: { name: string; scopes: readonly Scope[]; capMicroUsd?: bigint; expiresAt?: Date; ipAllow?: readonly string[] },
  ): Promise<{ key: string; info: ApiKeyInfo }>;
  listKeys(accountId: string, page: { cursor?: string; limit: number }): Promise<{ data: ApiKeyInfo[]; nextCursor: string | null }>;
  /** Takes effect in this process at once, elsewhere within 5 s. @throws not_found */
  revokeKey(accountId: string, keyId: string): Promise<void>;

  account(accountId: string): Promise<{ id: string; wallets: string[]; createdAt: Date } | null>;
  accountOfWallet(wallet: string): Promise<string | null>;
  /** True while the account, and the session or key behind the principal, still exist; realtime asks again. */
  alive(principal: Principal): Promise<boolean>;

  /** Encrypts under the account's own data key (AES-256-GCM), so that erasing the key erases the data. */
  seal(accountId: string, plain: string): Promise<Buffer>;
  open(accountId: string, sealed: Buffer): Promise<string>;
}
