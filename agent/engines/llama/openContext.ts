import type { LlamaContext, LlamaModel } from "node-llama-cpp";

const BATCH_TOKENS = 512;

/** A context of independent sequences, one a slot. */
export function openContext(
  model: LlamaModel,
  options: { slots: number; contextTokens: number; threads: number },
): Promise<LlamaContext> {
  return model.createContext({
    sequences: options.slots,
    contextSize: options.contextTokens,
    batchSize: BATCH_TOKENS,
    threads: options.threads,
    // One sequence a batch: what an answer says must not depend on who else is being answered (see slot.ts).
    batching: {
      itemPrioritizationStrategy: ({ items, size }) => items.slice(0, 1).map((item) => ({ item, processAmount: size })),
    },
  });
}
