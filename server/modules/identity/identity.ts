/** Who calls: accounts, wallets, API keys, sessions, and what each may do. Knows no other module. */
import type { ApiKeyInfo, Scope } from "@farlabs/protocol";
import type { JWK } from "jose";

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
  /** Requests a minute of this key alone, where it has a limit of its own. */
  keyRatePerMin?: number;
  /** Requests a minute and running tasks allowed to the account. */
  ratePerMin: number;
  concurrencyMax: number;
  /** What the account chose; absent: the defaults. */
  preferences?: Preferences;
}

/** What an account chooses for all of its requests. */
export interface Preferences {
  /** Only staked nodes of good standing compute its requests, and no other owner's node reads them for an audit. */
  trustedOnly: boolean;
  /** Another owner's node may read prompt and answer to check the node that computed it. */
  audits: boolean;
}

export interface Session {
  accessToken: string;
  refreshToken: string;
  /** Seconds. */
  expiresIn: number;
  accountId: string;
  wallet: string | null;
}

export interface SessionInfo {
  id: string;
  wallet: string | null;
  /** What the client called itself at sign-in. */
  client: string;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
}

export interface NewKey {
  name: string;
  scopes: readonly Scope[];
  capMicroUsd?: bigint;
  expiresAt?: Date;
  ipAllow?: readonly string[];
  /** Requests a minute of this key alone. */
  ratePerMin?: number;
}

export interface PageOptions {
  cursor?: string;
  limit: number;
}

export interface Identity {
  /**
   * `Authorization: Bearer …` → principal. Answered from memory (at most 5 s old) where it can be, so the hot path does not wait.
   * @throws missing_credentials, invalid_api_key, api_key_expired, invalid_token (401), ip_not_allowed, account_suspended (403)
   */
  authenticate(authorization: string | undefined, ip: string): Principal | Promise<Principal>;
  /** Whether `authenticate` would let this in from memory: who is known is not slowed by strangers at the same address. */
  known(authorization: string | undefined): boolean;
  /** What a token stands for, wherever it is presented from. @throws as `authenticate`, but for the address */
  inspect(token: string): Promise<{ principal: Principal; expiresAtMs: number }>;
  /** @throws insufficient_scope (403) */
  require(principal: Principal, scope: Scope): void;

  siweNonce(address: string): Promise<{ nonce: string; domain: string; uri: string; chainId: number }>;
  /** Opens the account of the wallet, creating it at first sight. `client` is what a list of sessions shows. @throws invalid_signature, account_suspended */
  siweVerify(message: string, signature: string, client?: string): Promise<Session>;
  /** Rotates; reuse of an old token revokes the family, with 10 s of grace for the immediate predecessor. @throws invalid_token */
  refresh(refreshToken: string): Promise<Session>;
  logout(sessionId: string): Promise<void>;
  listSessions(accountId: string): Promise<SessionInfo[]>;
  /** @throws not_found */
  revokeSession(accountId: string, sessionId: string): Promise<void>;
  /** A JWT of 15 min with the key's own scopes, never keys, wallets or withdraw. @throws forbidden when the caller did not come by a key */
  tokenForKey(principal: Principal): Promise<{ accessToken: string; expiresIn: number }>;
  /** Ends what the token stands for: a session by its access or refresh token, a key's token. Unknown ones are ignored. */
  revokeToken(token: string): Promise<void>;
  /** Public halves of the keys that sign access tokens. */
  jwks(): { keys: JWK[] };

  /** @throws too_many_keys */
  createKey(accountId: string, input: NewKey): Promise<{ key: string; info: ApiKeyInfo }>;
  listKeys(accountId: string, page: PageOptions): Promise<{ data: ApiKeyInfo[]; nextCursor: string | null }>;
  /** Takes effect in this process at once, elsewhere within 5 s. @throws not_found */
  revokeKey(accountId: string, keyId: string): Promise<void>;

  /** What the account chose, defaults included. @throws not_found */
  preferences(accountId: string): Promise<Preferences>;
  /** Changes what is given; requests follow it within 5 s. @throws not_found */
  changePreferences(accountId: string, change: Partial<Preferences>): Promise<Preferences>;
  account(accountId: string): Promise<{ id: string; wallets: string[]; createdAt: Date } | null>;
  accountOfWallet(wallet: string): Promise<string | null>;
  /** The account of a wallet, created at first sight, without proof: for the operator of this server alone (demo account, tests). */
  openAccount(wallet: string, limits?: { ratePerMin?: number; concurrencyMax?: number }): Promise<string>;
  /** Adds a wallet, proved by a signed message as at sign-in; returns all. @throws invalid_signature, wallet_taken */
  addWallet(accountId: string, message: string, signature: string): Promise<string[]>;
  /** @throws not_found, last_wallet */
  removeWallet(accountId: string, wallet: string): Promise<string[]>;
  /** True while the account, and the session or key behind the principal, still exist; realtime asks again. */
  alive(principal: Principal): Promise<boolean>;

  /** Encrypts under the account's own data key (AES-256-GCM), so that erasing the key erases the data. */
  seal(accountId: string, plain: string): Promise<Buffer>;
  /** @throws Error when it was not sealed for this account */
  open(accountId: string, sealed: Buffer): Promise<string>;

  /** Writes `last_used_at`, drops what expired, renews the signing key. Idempotent, safe beside other processes; every 10 s. */
  maintain(): Promise<void>;
}
