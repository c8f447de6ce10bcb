import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

/**
 * SHA-256 of a file, `0x…`: a GGUF holds weights, quantisation, tokenizer and template, so it names what runs.
 * @param signal - stops reading; a large file takes minutes
 */
export async function weightsHash(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1_048_576 }), hash, { signal });
  return `0x${hash.digest("hex")}`;
}
