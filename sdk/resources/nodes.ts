import type { NodeInfo, NodeRegisterResponse } from "@farlabs/protocol";
import type { CallOptions, Transport } from "../transport/transport.ts";

export interface NodeRegisterParams {
  wallet_address: string;
  gpu_model: string;
  /** GB. */
  vram: number;
  /** Mbit/s. */
  bandwidth?: number;
}
export interface JoinToken {
  join_token: string;
  [field: string]: unknown;
}
/** Network-wide figures of nodes. */
export type NodeStats = Record<string, unknown>;
/** Paid, pending and refused, with reasons. */
export type NodeEarnings = Record<string, unknown>;

/** `/api/v1/nodes`: for operators, with a session or a key of scope `nodes`. */
export interface Nodes {
  register(params: NodeRegisterParams, options?: CallOptions): Promise<NodeRegisterResponse>;
  /** A token with which agents join as nodes of `owner_wallet` (default: the session's wallet). */
  createJoinToken(params?: { owner_wallet?: string; name?: string }, options?: CallOptions): Promise<JoinToken>;
  status(nodeId: string, options?: CallOptions): Promise<NodeInfo>;
  stats(options?: CallOptions): Promise<NodeStats>;
  earnings(nodeId: string, options?: CallOptions): Promise<NodeEarnings>;
  /** Running work ends, new work stops coming. */
  drain(nodeId: string, options?: CallOptions): Promise<unknown>;
}

export function createNodes(transport: Transport): Nodes {
  const at = (nodeId: string, what: string): string => `/api/v1/nodes/${encodeURIComponent(nodeId)}/${what}`;
  const get = async <T>(path: string, options: CallOptions | undefined): Promise<T> =>
    (await transport.json<T>({ ...options, method: "GET", path })).body;
  const post = async <T>(path: string, body: unknown, options: CallOptions | undefined): Promise<T> =>
    (await transport.json<T>({ ...options, method: "POST", path, body })).body;
  return {
    register: (params, options) => post("/api/v1/nodes/register", params, options),
    createJoinToken: (params, options) => post("/api/v1/nodes/join-tokens", params ?? {}, options),
    status: (nodeId, options) => get(at(nodeId, "status"), options),
    stats: (options) => get("/api/v1/nodes/stats", options),
    earnings: (nodeId, options) => get(at(nodeId, "earnings"), options),
    drain: (nodeId, options) => post(at(nodeId, "drain"), {}, options),
  };
}
