import type { Page } from "@farlabs/protocol";
import type { CallOptions, Transport } from "../transport/transport.ts";
import type { PageParams } from "./tasks.ts";

/** A withdrawal: what the escrow's `withdraw` takes, its signature while it is open, and what became of it. Amounts are wei. */
export interface Withdrawal {
  id: string;
  wallet: string;
  amount: string;
  nonce: string;
  exit_counter: string;
  /** Seconds since 1970, by the chain's clock. */
  expires_at: number;
  /** 65 bytes; null once it is paid, expired or void. */
  signature: string | null;
  state: "open" | "paid" | "expired" | "void";
  created_at: string;
  closed_at: string | null;
  transaction_hash: string | null;
}

/** `/api/v1/withdrawals`: needs a session signed by a wallet; no key can withdraw. */
export interface Withdrawals {
  /** Sets `amount` wei aside and signs a voucher that the escrow pays to `wallet`, once, within the hour. */
  create(params: { wallet: string; amount: string }, options?: CallOptions): Promise<Withdrawal>;
  list(page?: PageParams, options?: CallOptions): Promise<Page<Withdrawal>>;
  get(id: string, options?: CallOptions): Promise<Withdrawal>;
}

export function createWithdrawals(transport: Transport): Withdrawals {
  const path = "/api/v1/withdrawals";
  return {
    create: async (body, options) =>
      (await transport.json<Withdrawal>({ ...options, method: "POST", path, body })).body,
    list: async (page, options) =>
      (await transport.json<Page<Withdrawal>>({ ...options, method: "GET", path, query: { ...page } })).body,
    get: async (id, options) =>
      (await transport.json<Withdrawal>({ ...options, method: "GET", path: `${path}/${encodeURIComponent(id)}` })).body,
  };
}
