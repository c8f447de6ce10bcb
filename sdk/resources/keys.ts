import type { ApiKeyInfo, Page } from "@farlabs/protocol";
import type { CallOptions, Transport } from "../transport/transport.ts";
import type { PageParams } from "./tasks.ts";

export interface KeyCreateParams {
  name: string;
  /** Default: inference and read. */
  scopes?: ("inference" | "read" | "nodes")[];
  /** Lifetime spend cap, micro-dollars at list price, as a decimal string. */
  cap_micro_usd?: string;
  /** ISO date and time. */
  expires_at?: string;
  /** Addresses or CIDR ranges. */
  ip_allow?: string[];
}
/** The key itself is in `key`, this once. */
export type CreatedKey = ApiKeyInfo & { key: string };

/** `/api/v1/user/api-keys`: needs a session signed by a wallet; a key cannot make keys. */
export interface Keys {
  create(params: KeyCreateParams, options?: CallOptions): Promise<CreatedKey>;
  list(page?: PageParams, options?: CallOptions): Promise<Page<ApiKeyInfo>>;
  /** Works within seconds everywhere. */
  revoke(keyId: string, options?: CallOptions): Promise<void>;
}

export function createKeys(transport: Transport): Keys {
  const path = "/api/v1/user/api-keys";
  return {
    create: async (body, options) =>
      (await transport.json<CreatedKey>({ ...options, method: "POST", path, body })).body,
    list: async (page, options) =>
      (await transport.json<Page<ApiKeyInfo>>({ ...options, method: "GET", path, query: { ...page } })).body,
    revoke: async (keyId, options) => {
      await transport.json({ ...options, method: "DELETE", path: `${path}/${encodeURIComponent(keyId)}` });
    },
  };
}
