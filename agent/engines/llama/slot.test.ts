import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Llama, LlamaContext, LlamaModel, Token } from "node-llama-cpp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { noLog } from "../../log.ts";
import { writeTinyGguf } from "../../testing/tinyGguf.ts";
import { loadLlama } from "./loadLlama.ts";
import { openContext } from "./openContext.ts";
import { BLOCK_TOKENS, createSlot, type Slot } from "./slot.ts";

let dir: string;
let llama: Llama;
let model: LlamaModel;
let context: LlamaContext;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "far-slot-"));
  const path = join(dir, "random.gguf");
  await writeTinyGguf(path, 11);
  llama = await loadLlama({ log: noLog, threads: 1 });
  model = await llama.loadModel({ modelPath: path });
});
beforeEach(async () => {
  context = await openContext(model, { slots: 3, contextTokens: 1024, threads: 1 });
});
afterEach(() => context.dispose());
afterAll(async () => {
  await model.dispose();
  await llama.dispose();
  await rm(dir, { recursive: true });
});

const { signal } = new AbortController();
const prompt = (length: number, salt: number): Token[] =>
  Array.from({ length }, (_, i) => ((i * 31 + salt * 17) % 250) as Token);
/** All scores of the next token, to the last bit. */
async function scores(slot: Slot): Promise<string> {
  const { logits } = await slot.next({ logits: true, options: { temperature: 0 } });
  return JSON.stringify([...(logits ?? [])].toSorted(([a], [b]) => a - b));
}

describe("slot", () => {
  it.each([20, BLOCK_TOKENS, BLOCK_TOKENS + 1, 2 * BLOCK_TOKENS + 70])(
    "scores to the last bit what an uninterrupted answer scored, after a prompt of %i tokens, on a slot used before, amid other work",
    async (length) => {
      const [first, second, other] = [
        createSlot(context.getSequence()),
        createSlot(context.getSequence()),
        createSlot(context.getSequence()),
      ];
      const answer = prompt(40, 99);
      const whole: string[] = [];
      await first.prefill(prompt(length, 1), [], signal);
      for (const token of answer) {
        whole.push(await scores(first));
        first.accept(token);
      }
      await second.prefill(prompt(300, 5), prompt(9, 6), signal);
      await other.prefill(prompt(200, 7), [], signal);
      for (let k = 1; k < answer.length; k += 3) {
        await Promise.all([second.prefill(prompt(length, 1), answer.slice(0, k), signal), other.next({ token: true })]);
        other.accept(5 as Token);
        const [continued] = await Promise.all([scores(second), other.next({ token: true })]);
        other.accept(7 as Token);
        expect(continued === whole[k], `after ${k} tokens`).toBe(true);
      }
    },
  );

  it("keeps whole blocks of a prompt, and only those", async () => {
    const slot = createSlot(context.getSequence());
    const asked = prompt(2 * BLOCK_TOKENS + 10, 1);
    await slot.prefill(asked, [], signal);
    await slot.next({ token: true });
    expect(slot.reusable(asked)).toBe(2 * BLOCK_TOKENS);
    expect(slot.reusable([...asked.slice(0, BLOCK_TOKENS + 50), ...prompt(100, 3)])).toBe(BLOCK_TOKENS);
    // The last token must be evaluated to be followed: a prompt that ends on a block gives that block up.
    expect(slot.reusable(asked.slice(0, BLOCK_TOKENS))).toBe(0);
    expect(slot.reusable(prompt(300, 9))).toBe(0);
  });
});
