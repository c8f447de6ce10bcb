import type { Page } from "@farlabs/protocol";
import type { RevenueStreamName } from "../projection/index.ts";
import type { CallOptions, Transport } from "../transport/transport.ts";
import type { PageParams } from "./tasks.ts";

/** FAR in wei; dollars with six decimals, at the rate of each task. */
export interface RevenueAmount {
  amount_far: string;
  amount_usd: string;
}
export type RevenueRole = "operator" | "stakers" | "treasury" | "staker";
export interface RevenueDay extends RevenueAmount {
  /** UTC. */
  day: string;
  stream_type: RevenueStreamName;
  role: RevenueRole;
}

/** What the network's products brought; the roles sum to the total. */
export interface NetworkRevenue {
  total: RevenueAmount;
  /** The part that the treasury itself paid, for checks. */
  paid_by_treasury: RevenueAmount;
  by_role: Record<"operators" | "stakers" | "treasury", RevenueAmount>;
  by_stream: Partial<Record<RevenueStreamName, RevenueAmount>>;
  by_day: RevenueDay[];
}
/** Of this account's wallets: earned as operator, claimed as staker. */
export interface OwnRevenue {
  operator: RevenueAmount;
  staker: RevenueAmount;
  by_day: RevenueDay[];
}
export interface RevenueRange {
  from: string;
  to: string;
}

export interface RevenueEntry {
  stream_type: RevenueStreamName;
  role: RevenueRole;
  wallet: string;
  user_id: string | null;
  amount_far: string;
  amount_usd: string | null;
  transaction_hash: string | null;
  created_at: string;
}

/** Days that count, today included: 1 to 366, default 30. */
export interface RevenueParams {
  days?: number;
}

/** `/api/v1/revenue`: the network's totals are open to everybody, the rest is of this account's wallets. */
export interface Revenue {
  network(params?: RevenueParams, options?: CallOptions): Promise<RevenueRange & { network: NetworkRevenue }>;
  summary(
    params?: RevenueParams,
    options?: CallOptions,
  ): Promise<RevenueRange & { network: NetworkRevenue; own: OwnRevenue }>;
  /** An entry is what a wallet got from a stream in one hour, or by one claim; the newest first. */
  streams(
    params?: PageParams & { stream_type?: RevenueStreamName },
    options?: CallOptions,
  ): Promise<Page<RevenueEntry>>;
}

export function createRevenue(transport: Transport): Revenue {
  const get = async <T>(what: string, query: object | undefined, options: CallOptions | undefined): Promise<T> =>
    (await transport.json<T>({ ...options, method: "GET", path: `/api/v1/revenue/${what}`, query: { ...query } })).body;
  return {
    network: (params, options) => get("network", params, options),
    summary: (params, options) => get("summary", params, options),
    streams: (params, options) => get("streams", params, options),
  };
}
