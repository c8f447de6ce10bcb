import { fileURLToPath } from "node:url";
import { z } from "zod";

export const modelsConfig = z.object({
  /** Folder with one folder per manifest the network holds. */
  MODELS_DIR: z.string().default(fileURLToPath(new URL("../../../models", import.meta.url))),
  /** Seconds after which the price feed's answer is too old to quote with. */
  PRICE_STALE_S: z.coerce.number().int().min(1).default(3_600),
  /** The local network offers unknown models by itself, labelled. */
  LOCAL_NETWORK: z.stringbool().default(false),
});
export type ModelsConfig = z.infer<typeof modelsConfig>;
