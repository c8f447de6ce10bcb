import type { Balance as WalletBalance } from "@farlabs/protocol";
import type { CallOptions, Transport } from "../transport/transport.ts";

/** `/api/v1/user/balance`: what can be spent, per escrow wallet. */
export interface Balances {
  list(options?: CallOptions): Promise<WalletBalance[]>;
}

export const createBalances = (transport: Transport): Balances => ({
  list: async (options) =>
    (await transport.json<{ data: WalletBalance[] }>({ ...options, method: "GET", path: "/api/v1/user/balance" })).body
      .data,
});
