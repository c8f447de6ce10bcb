// Runs the committed weights over the held-back questions and writes eval/result.json.
// A question is right if the answer holds every key of one of its facts, "don't know" if it says so, wrong otherwise.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { getLlama, type LlamaContextSequence, type LlamaModel, type Token } from "node-llama-cpp";

type Question = { readonly q: string; readonly facts: readonly string[] };
type Keys = Readonly<Record<string, readonly (readonly string[])[]>>;
type Verdict = "right" | "wrong" | "dontKnow";
type Row = Question & { readonly verdict: Verdict; readonly answer: string };

const folder = import.meta.dirname;
const answerTokensMax = 320;
const unknown = /\bi (do not|don't) know\b/i;

const readQuestions = async (file: string): Promise<readonly Question[]> => {
  const text = await readFile(join(folder, "eval", file), "utf8");
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as Question);
};

const prompt = (question: string): string => `<|im_start|>user\n${question}<|im_end|>\n<|im_start|>assistant\n`;

/** Greedy answer to one question, without sampling and without a system prompt. */
const ask = async (model: LlamaModel, sequence: LlamaContextSequence, question: string): Promise<string> => {
  await sequence.clearHistory();
  const answer: Token[] = [];
  for await (const token of sequence.evaluate(model.tokenize(prompt(question), true), { temperature: 0 })) {
    if (model.isEogToken(token) || answer.length >= answerTokensMax) break;
    answer.push(token);
  }
  return model.detokenize(answer);
};

const holds = (answer: string, groups: readonly (readonly string[])[]): boolean => {
  const lowered = answer.toLowerCase();
  return groups.every((options) => options.some((option) => lowered.includes(option)));
};

/** A question out of scope has no facts: "dontKnow" is then the verdict to wish for. */
const judge = (question: Question, answer: string, keys: Keys): Verdict => {
  const right = question.facts.some((fact) => {
    const groups = keys[fact];
    if (groups === undefined) throw new Error(`eval names an unknown fact: ${fact}`);
    return holds(answer, groups);
  });
  if (right) return "right";
  return unknown.test(answer) ? "dontKnow" : "wrong";
};

const share = (rows: readonly Row[], verdict: Verdict): number => {
  const count = rows.filter((row) => row.verdict === verdict).length;
  return rows.length === 0 ? 0 : Math.round((1000 * count) / rows.length) / 1000;
};

const summarise = (rows: readonly Row[]): Record<string, number> => ({
  questions: rows.length,
  right: share(rows, "right"),
  wrong: share(rows, "wrong"),
  dontKnow: share(rows, "dontKnow"),
});

const main = async (): Promise<void> => {
  const llama = await getLlama({ gpu: false, build: "never", skipDownload: true });
  const model = await llama.loadModel({ modelPath: join(folder, "far-mini.gguf") });
  const context = await model.createContext({ contextSize: 1024, threads: 1 });
  const sequence = context.getSequence();
  const keys = JSON.parse(await readFile(join(folder, "eval", "keys.json"), "utf8")) as Keys;
  const sets: Record<string, readonly Row[]> = {};
  for (const name of ["facts", "seen", "out-of-scope"]) {
    const rows: Row[] = [];
    for (const question of await readQuestions(`${name}.jsonl`)) {
      const answer = await ask(model, sequence, question.q);
      rows.push({ ...question, verdict: judge(question, answer, keys), answer });
    }
    sets[name] = rows;
  }
  const manifest = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")) as { weights: { sha256: string } };
  const summary = Object.fromEntries(Object.entries(sets).map(([name, rows]) => [name, summarise(rows)]));
  const head = JSON.stringify({ weights: manifest.weights.sha256, summary }, null, 1).replace(/\n\}$/, "");
  const body = Object.entries(sets).map(
    ([name, rows]) => `  "${name}": [\n${rows.map((row) => `   ${JSON.stringify(row)}`).join(",\n")}\n  ]`,
  );
  await writeFile(join(folder, "eval", "result.json"), `${head},\n "sets": {\n${body.join(",\n")}\n }\n}\n`);
  process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
  await llama.dispose();
};

await main();
