import type {
  NodeEarningRow,
  NodeEarnings,
  NodeEstimate,
  NodeInfo,
  NodeRegisterResponse,
  Page,
} from "@farlabs/protocol";
import type { CallOptions, Transport } from "../transport/transport.ts";
import type { PageParams } from "./tasks.ts";

export interface NodeRegisterParams {
  wallet_address: string;
  gpu_model: string;
  /** GB. */
  vram: number;
  /** Mbit/s. */
  bandwidth?: number;
}
export interface JoinToken {
  id: string;
  join_token: string;
  owner_wallet: string;
}
export interface NodeEstimateParams {
  gpu_model: string;
  /** GB. */
  vram: number;
  model: string;
  /** Requests at once, default 4. */
  slots?: number;
  /** Output tokens a second of one stream, where measured. */
  tokens_per_second?: number;
}
/** Network-wide figures of nodes. */
export type NodeStats = Record<string, unknown>;

/** `/api/v1/nodes`: for operators, with a session or a key of scope `nodes`. */
export interface Nodes {
  register(params: NodeRegisterParams, options?: CallOptions): Promise<NodeRegisterResponse>;
  /** A token with which agents join as nodes of `owner_wallet` (default: the session's wallet). */
  createJoinToken(params?: { owner_wallet?: string; name?: string }, options?: CallOptions): Promise<JoinToken>;
  revokeJoinToken(id: string, options?: CallOptions): Promise<void>;
  /** Nodes of this account. */
  list(page?: PageParams, options?: CallOptions): Promise<Page<NodeInfo>>;
  status(nodeId: string, options?: CallOptions): Promise<NodeInfo>;
  stats(options?: CallOptions): Promise<NodeStats>;
  /** What a GPU and model would earn at present demand. Open to everybody. */
  estimate(params: NodeEstimateParams, options?: CallOptions): Promise<NodeEstimate>;
  /** What it earned, how that stands, and why other attempts earned nothing. */
  earnings(nodeId: string, options?: CallOptions): Promise<NodeEarnings>;
  /** The same task by task, newest first. */
  earningRows(nodeId: string, page?: PageParams, options?: CallOptions): Promise<Page<NodeEarningRow>>;
  /** The same as CSV, piece by piece; times are UTC. */
  earningsCsv(nodeId: string, options?: CallOptions): AsyncIterable<string>;
  /** Running work ends, new work stops coming. */
  drain(nodeId: string, options?: CallOptions): Promise<unknown>;
  /** The node takes work again. */
  online(nodeId: string, options?: CallOptions): Promise<unknown>;
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
    revokeJoinToken: async (id, options) => {
      await transport.json({
        ...options,
        method: "DELETE",
        path: `/api/v1/nodes/join-tokens/${encodeURIComponent(id)}`,
      });
    },
    list: async (page, options) =>
      (await transport.json<Page<NodeInfo>>({ ...options, method: "GET", path: "/api/v1/nodes", query: { ...page } }))
        .body,
    status: (nodeId, options) => get(at(nodeId, "status"), options),
    stats: (options) => get("/api/v1/nodes/stats", options),
    estimate: async (params, options) =>
      (
        await transport.json<NodeEstimate>({
          ...options,
          method: "GET",
          path: "/api/v1/nodes/estimate",
          query: { ...params },
        })
      ).body,
    earnings: (nodeId, options) => get(at(nodeId, "earnings"), options),
    earningRows: async (nodeId, page, options) =>
      (
        await transport.json<Page<NodeEarningRow>>({
          ...options,
          method: "GET",
          path: at(nodeId, "earnings/tasks"),
          query: { ...page },
        })
      ).body,
    async *earningsCsv(nodeId, options) {
      const response = await transport.send({ ...options, method: "GET", path: at(nodeId, "earnings.csv") });
      const decoder = new TextDecoder();
      for await (const part of response.body ?? []) yield decoder.decode(part, { stream: true });
    },
    drain: (nodeId, options) => post(at(nodeId, "drain"), {}, options),
    online: (nodeId, options) => post(at(nodeId, "online"), {}, options),
  };
}
