/**
 * Worse models made of a good one, as a cheat would run them: fewer bits a weight, or layers left out. They are real GGUF files with the same
 * tokenizer, written where the caller says.
 */
import { readFile, writeFile } from "node:fs/promises";

const Q8_0 = 8;
const BLOCK_WEIGHTS = 32;
/** A half-precision scale, then 32 signed bytes. */
const BLOCK_BYTES = 2 + BLOCK_WEIGHTS;
const SCALAR_BYTES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const STRING = 8;
const ARRAY = 9;

interface Tensor {
  name: string;
  type: number;
  weights: number;
  /** Where its data begins in the file. */
  at: number;
}

/** The tensors of a GGUF file, version 3. @throws Error for another file */
function tensorsOf(file: Buffer): Tensor[] {
  let at = 4;
  const take = (bytes: number): number => {
    at += bytes;
    return at - bytes;
  };
  const u32 = (): number => file.readUInt32LE(take(4));
  const u64 = (): number => Number(file.readBigUInt64LE(take(8)));
  const text = (): string => {
    const length = u64();
    const from = take(length);
    return file.toString("utf8", from, from + length);
  };
  const skip = (type: number): void => {
    if (type === STRING) text();
    else if (type === ARRAY) {
      const inner = u32();
      for (let n = u64(); n > 0; n--) skip(inner);
    } else take(SCALAR_BYTES[type] ?? 0);
  };
  if (file.toString("latin1", 0, 4) !== "GGUF" || u32() !== 3) throw new Error("not a GGUF file of version 3");
  const [tensors, pairs] = [u64(), u64()];
  for (let i = 0; i < pairs; i++) {
    text();
    skip(u32());
  }
  const found = Array.from({ length: tensors }, (): Tensor => {
    const name = text();
    let weights = 1;
    for (let n = u32(); n > 0; n--) weights *= u64();
    const type = u32();
    return { name, type, weights, at: u64() };
  });
  const start = Math.ceil(at / 32) * 32;
  return found.map((tensor) => ({ ...tensor, at: tensor.at + start }));
}

/** Fewer bits a weight: each of the signed bytes keeps only its highest bits, rounded. */
function requantise(file: Buffer, { at, weights }: Tensor, bits: number): void {
  const step = 2 ** (8 - bits);
  for (let block = 0; block < weights / BLOCK_WEIGHTS; block++)
    for (let i = 0; i < BLOCK_WEIGHTS; i++) {
      const place = at + block * BLOCK_BYTES + 2 + i;
      file.writeInt8(Math.max(-128, Math.min(127, Math.round(file.readInt8(place) / step) * step)), place);
    }
}

/** A layer whose outputs are zero adds nothing to what passes it: it is left out. */
function silence(file: Buffer, { at, weights }: Tensor): void {
  file.fill(0, at, at + (weights / BLOCK_WEIGHTS) * BLOCK_BYTES);
}

export type Degraded = { bits: number } | { layersLeftOut: readonly number[] };

/** Writes a worse copy of a Q8_0 model. @throws Error if nothing of it could be made worse */
export async function writeDegraded(from: string, to: string, how: Degraded): Promise<void> {
  const file = await readFile(from);
  const tensors = tensorsOf(file).filter((tensor) => tensor.type === Q8_0);
  const touched = tensors.filter(({ name }) =>
    "bits" in how
      ? name.startsWith("blk.")
      : how.layersLeftOut.some((layer) =>
          [`blk.${layer}.attn_output.weight`, `blk.${layer}.ffn_down.weight`].includes(name),
        ),
  );
  if (touched.length === 0) throw new Error("this file has no weights of the expected kind");
  for (const tensor of touched) "bits" in how ? requantise(file, tensor, how.bits) : silence(file, tensor);
  await writeFile(to, file);
}
