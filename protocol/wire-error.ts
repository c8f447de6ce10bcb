import { z } from "zod";

/** Who has to act: the caller fixes the request, the operator a node, the platform us, a peer somebody upstream. */
export const errorActor = z.enum(["caller", "operator", "platform", "peer"]);
export type ErrorActor = z.infer<typeof errorActor>;

/** The body of every error answer, in OpenAI's shape with our additions. */
export const wireError = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    request_id: z.string(),
    doc_url: z.string(),
  }),
});
export type WireError = z.infer<typeof wireError>;
