// Compares the engine with what verify.py printed: token ids, greedy text, continuation from every tenth token, embeddings.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { getLlama, type LlamaContextSequence, type LlamaModel, type Token } from "node-llama-cpp";

type Row = { readonly text: string; readonly prompt: readonly number[]; readonly answer: readonly number[] };

const greedy = async (
  model: LlamaModel,
  sequence: LlamaContextSequence,
  tokens: Token[],
): Promise<readonly number[]> => {
  await sequence.clearHistory();
  const found: number[] = [];
  for await (const token of sequence.evaluate(tokens, { temperature: 0 })) {
    if (model.isEogToken(token) || found.length >= 320) break;
    found.push(token);
  }
  return found;
};

const equal = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((id, at) => id === b[at]);

const main = async (): Promise<void> => {
  const rows = JSON.parse(await readFile(process.argv[2] ?? "/dev/stdin", "utf8")) as readonly Row[];
  const llama = await getLlama({ gpu: false, build: "never", skipDownload: true });
  const model = await llama.loadModel({ modelPath: join(import.meta.dirname, "far-mini.gguf") });
  const context = await model.createContext({ contextSize: 1024, threads: 1 });
  const sequence = context.getSequence();
  const count = {
    prompts: rows.length,
    sameIds: 0,
    sameText: 0,
    continuations: 0,
    sameContinuations: 0,
    embeddingWidth: 0,
  };
  for (const row of rows) {
    const ids = model.tokenize(row.text, true);
    if (equal(ids, row.prompt)) count.sameIds += 1;
    const whole = await greedy(model, sequence, ids);
    if (equal(whole, row.answer)) count.sameText += 1;
    for (let given = 1; given < whole.length; given += 10) {
      const rest = await greedy(model, sequence, [...ids, ...(whole.slice(0, given) as Token[])]);
      count.continuations += 1;
      if (equal([...whole.slice(0, given), ...rest], whole)) count.sameContinuations += 1;
    }
  }
  const embedder = await model.createEmbeddingContext({ contextSize: 1024, threads: 1 });
  count.embeddingWidth = (await embedder.getEmbeddingFor("What is Far Labs?")).vector.length;
  process.stdout.write(`${JSON.stringify(count)}\n`);
  await llama.dispose();
};

await main();
