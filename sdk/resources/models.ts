import type { CallOptions, Transport } from "../transport/transport.ts";
import type { Model } from "../types.ts";

/** `/v1/models`: what can answer now, the fastest first. */
export interface Models {
  list(options?: CallOptions): Promise<Model[]>;
  /** @throws FarApiError model_not_found (404) */
  get(id: string, options?: CallOptions): Promise<Model>;
}

export const createModels = (transport: Transport): Models => ({
  list: async (options) =>
    (await transport.json<{ data: Model[] }>({ ...options, method: "GET", path: "/v1/models" })).body.data,
  get: async (id, options) =>
    (
      await transport.json<Model>({
        ...options,
        method: "GET",
        path: `/v1/models/${id.split("/").map(encodeURIComponent).join("/")}`,
      })
    ).body,
});
