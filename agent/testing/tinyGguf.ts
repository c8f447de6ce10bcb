/**
 * Writes a llama-architecture GGUF of random weights: a model that nobody trained, whose scores are flat and whose output is noise. If a continued answer
 * equals the uninterrupted one here, no confidence of a trained model hides a difference.
 */
import { writeFile } from "node:fs/promises";

const ALIGNMENT = 32;
type Value =
  | { type: "u32"; value: number }
  | { type: "f32"; value: number }
  | { type: "string"; value: string }
  | { type: "bool"; value: boolean }
  | { type: "strings"; value: string[] }
  | { type: "i32s"; value: number[] };
const typeIds = { u32: 4, f32: 6, bool: 7, string: 8, array: 9, i32: 5 };

const u32 = (n: number): Buffer => {
  const b = Buffer.alloc(4);
  b.writeUInt32LE(n >>> 0);
  return b;
};
const u64 = (n: number): Buffer => {
  const b = Buffer.alloc(8);
  b.writeBigUInt64LE(BigInt(n));
  return b;
};
const f32 = (n: number): Buffer => {
  const b = Buffer.alloc(4);
  b.writeFloatLE(n);
  return b;
};
const text = (s: string): Buffer => Buffer.concat([u64(Buffer.byteLength(s)), Buffer.from(s)]);

function valueBytes(v: Value): Buffer {
  switch (v.type) {
    case "u32":
      return Buffer.concat([u32(typeIds.u32), u32(v.value)]);
    case "f32":
      return Buffer.concat([u32(typeIds.f32), f32(v.value)]);
    case "bool":
      return Buffer.concat([u32(typeIds.bool), Buffer.from([v.value ? 1 : 0])]);
    case "string":
      return Buffer.concat([u32(typeIds.string), text(v.value)]);
    case "strings":
      return Buffer.concat([u32(typeIds.array), u32(typeIds.string), u64(v.value.length), ...v.value.map(text)]);
    case "i32s":
      return Buffer.concat([u32(typeIds.array), u32(typeIds.i32), u64(v.value.length), ...v.value.map(u32)]);
    default:
      return v satisfies never;
  }
}

/** GPT-2's printable stand-ins for the 256 bytes. */
function byteTokens(): string[] {
  const plain = [...range(33, 126), ...range(161, 172), ...range(174, 255)];
  let next = 256;
  return range(0, 255).map((b) => String.fromCharCode(plain.includes(b) ? b : next++));
}
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Numbers of a normal distribution from a fixed seed. */
function createNormal(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

const template =
  "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

/**
 * @param path - file to write, about 0.8 MB
 * @param seed - of the weights
 */
export async function writeTinyGguf(path: string, seed = 7): Promise<void> {
  const dim = 64;
  const layers = 2;
  const heads = 4;
  const hidden = 128;
  const bytes = byteTokens();
  const merges = ["t h", "i n", "e r", "a n", "th e", "Ġ a", "Ġ the"];
  const tokens = [...bytes, ...merges.map((m) => m.replace(" ", "")), "<|im_start|>", "<|im_end|>"];
  const CONTROL = 3;
  const NORMAL = 1;
  const metadata: [string, Value][] = [
    ["general.architecture", { type: "string", value: "llama" }],
    ["general.name", { type: "string", value: "random" }],
    ["llama.context_length", { type: "u32", value: 1024 }],
    ["llama.embedding_length", { type: "u32", value: dim }],
    ["llama.block_count", { type: "u32", value: layers }],
    ["llama.feed_forward_length", { type: "u32", value: hidden }],
    ["llama.attention.head_count", { type: "u32", value: heads }],
    ["llama.attention.head_count_kv", { type: "u32", value: heads }],
    ["llama.attention.layer_norm_rms_epsilon", { type: "f32", value: 1e-5 }],
    ["llama.rope.dimension_count", { type: "u32", value: dim / heads }],
    ["tokenizer.ggml.model", { type: "string", value: "gpt2" }],
    ["tokenizer.ggml.pre", { type: "string", value: "smollm" }],
    ["tokenizer.ggml.tokens", { type: "strings", value: tokens }],
    [
      "tokenizer.ggml.token_type",
      { type: "i32s", value: tokens.map((t) => (t.startsWith("<|im_") ? CONTROL : NORMAL)) },
    ],
    ["tokenizer.ggml.merges", { type: "strings", value: merges }],
    ["tokenizer.ggml.eos_token_id", { type: "u32", value: tokens.length - 1 }],
    ["tokenizer.ggml.add_bos_token", { type: "bool", value: false }],
    ["tokenizer.chat_template", { type: "string", value: template }],
  ];
  const block = (i: number): [string, number[]][] => [
    [`blk.${i}.attn_norm.weight`, [dim]],
    [`blk.${i}.attn_q.weight`, [dim, dim]],
    [`blk.${i}.attn_k.weight`, [dim, dim]],
    [`blk.${i}.attn_v.weight`, [dim, dim]],
    [`blk.${i}.attn_output.weight`, [dim, dim]],
    [`blk.${i}.ffn_norm.weight`, [dim]],
    [`blk.${i}.ffn_gate.weight`, [dim, hidden]],
    [`blk.${i}.ffn_up.weight`, [dim, hidden]],
    [`blk.${i}.ffn_down.weight`, [hidden, dim]],
  ];
  const tensors: [string, number[]][] = [
    ["token_embd.weight", [dim, tokens.length]],
    ["output_norm.weight", [dim]],
    ...range(0, layers - 1).flatMap(block),
  ];
  const normal = createNormal(seed);
  let offset = 0;
  const infos: Buffer[] = [];
  const data: Buffer[] = [];
  for (const [name, shape] of tensors) {
    const count = shape.reduce((a, b) => a * b, 1);
    const scale = name === "token_embd.weight" ? 0.25 : 1.5 / Math.sqrt(shape[0] ?? 1);
    const values = Float32Array.from({ length: count }, () => (shape.length === 1 ? 1 : normal() * scale));
    const raw = Buffer.from(values.buffer);
    infos.push(text(name), u32(shape.length), ...shape.map(u64), u32(0), u64(offset));
    const padded = Math.ceil(raw.length / ALIGNMENT) * ALIGNMENT;
    data.push(raw, Buffer.alloc(padded - raw.length));
    offset += padded;
  }
  const head = Buffer.concat([
    Buffer.from("GGUF"),
    u32(3),
    u64(tensors.length),
    u64(metadata.length),
    ...metadata.flatMap(([key, value]) => [text(key), valueBytes(value)]),
    ...infos,
  ]);
  const padding = Buffer.alloc(Math.ceil(head.length / ALIGNMENT) * ALIGNMENT - head.length);
  await writeFile(path, Buffer.concat([head, padding, ...data]));
}
