import type { Engine } from "@farlabs/agent";
import type { ModelOffer } from "@farlabs/protocol";

/** An engine that answers at once with a few words: for tests of money, where what is said does not matter. */
export function quickEngine(model: string, words = 6, more: Partial<ModelOffer> = {}): Engine {
  return {
    describe: async () => ({
      name: "quick",
      kind: "openai",
      models: [
        {
          ...{ id: model, slots: 64, contextTokens: 4_096, kinds: ["chat"], continuation: "none" },
          features: { tools: false, json: false, logprobs: false },
          ...more,
        },
      ],
    }),
    async run(_, io) {
      for (let i = 0; i < words; i += 1) await io.onChunk({ index: 0, delta: { content: `word${i} ` } });
      return { usage: { promptTokens: 5, completionTokens: words }, finishReasons: ["stop"] };
    },
    close: async () => undefined,
  };
}
