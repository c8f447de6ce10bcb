import type { Page, Withdrawal } from "@farlabs/protocol";
import type { CallOptions, Transport } from "../transport/transport.ts";
import type { PageParams } from "./tasks.ts";

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
