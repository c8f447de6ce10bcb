import type { NetworkStats, Solvency } from "@farlabs/protocol";
import type { CallOptions, Transport } from "../transport/transport.ts";

/** `/api/v1/network`: open to everybody. */
export interface Network {
  stats(options?: CallOptions): Promise<NetworkStats>;
  /** Ledger against chain; the difference is zero. Amounts are wei. */
  solvency(options?: CallOptions): Promise<Solvency>;
}

export const createNetwork = (transport: Transport): Network => ({
  stats: async (options) =>
    (await transport.json<NetworkStats>({ ...options, method: "GET", path: "/api/v1/network/stats" })).body,
  solvency: async (options) =>
    (await transport.json<Solvency>({ ...options, method: "GET", path: "/api/v1/network/solvency" })).body,
});
