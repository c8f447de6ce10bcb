import type { Transport } from "../transport/transport.ts";
import type { EmbeddingList, EmbeddingParams, InferenceOptions, WithMeta } from "../types.ts";
import { post } from "./inference.ts";

/** `/v1/embeddings`. */
export interface Embeddings {
  create(params: EmbeddingParams, options?: InferenceOptions): Promise<EmbeddingList & WithMeta>;
}

export const createEmbeddings = (transport: Transport): Embeddings => ({
  create: (params, options = {}) =>
    post<EmbeddingList>(transport, {
      ...options,
      path: "/v1/embeddings",
      body: { ...params, encoding_format: "float" },
    }),
});
