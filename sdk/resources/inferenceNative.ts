import type { GenerateResponse } from "@farlabs/protocol";
import type { CallOptions, Transport } from "../transport/transport.ts";

export interface GenerateParams {
  model_id: string;
  prompt: string;
  /** Default 1 000. */
  max_tokens?: number;
  /** Default 0.7. */
  temperature?: number;
}

/** `/api/v1/inference`. */
export interface Inference {
  generate(params: GenerateParams, options?: CallOptions): Promise<GenerateResponse>;
}

export const createInference = (transport: Transport): Inference => ({
  generate: async (body, options) =>
    (await transport.json<GenerateResponse>({ ...options, method: "POST", path: "/api/v1/inference/generate", body }))
      .body,
});
