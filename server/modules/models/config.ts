import { fileURLToPath } from "node:url";
import { z } from "zod";

export const modelsConfig = z.object({
  /** Folder with one folder per manifest the network holds. */
  MODELS_DIR: z.string().default(fileURLToPath(new URL("../../../models", import.meta.url))),
  /** Seconds after which the price feed's answer is too old to quote with. */
  PRICE_STALE_S: z.coerce.number().int().min(1).default(3_600),
  /** A price that moves more than this at once (hundredths of a percent) is held back until it is confirmed. */
  PRICE_JUMP_BPS: z.coerce.number().int().min(1).max(1_000_000).default(2_000),
  /** Seconds after which a held price that still stands is taken as real. */
  PRICE_JUMP_CONFIRM_S: z.coerce.number().int().min(1).max(86_400).default(600),
  /** The local network offers unknown models by itself, labelled. */
  LOCAL_NETWORK: z.stringbool().default(false),
});
export type ModelsConfig = z.infer<typeof modelsConfig>;
