/**
 * Measures what a check says of real answers: honest ones, given under every batching that an honest machine may use, and dishonest ones, made as a
 * cheat would make them. Nothing is assumed: each answer is computed by llama.cpp and scored by an agent's own engine.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Engine, loadLlama } from "@farlabs/agent/lab";
import type { Llama } from "node-llama-cpp";
import { randomOf } from "../random.ts";
import { type Check, pack, type Recordings } from "../recordings.ts";
import { type Degraded, writeDegraded } from "./degrade.ts";
import { draftedAnswers } from "./drafts.ts";
import {
  type Answer,
  answer,
  check,
  cutShort,
  foreignAnswers,
  openEngine,
  type Question,
  type Sampling,
} from "./lab.ts";
import { answersOfProcessor } from "./otherProcessor.ts";

const FAR_MINI = new URL("../../../models/far-mini/", import.meta.url);
const TEMPERATURES = [0, 1];
interface Asked {
  question: Question;
  sampling: Sampling;
}

async function readQuestions(): Promise<string[]> {
  const read = (name: string) => readFile(new URL(`eval/${name}.jsonl`, FAR_MINI), "utf8");
  const texts = await Promise.all(["facts", "seen", "out-of-scope"].map(read));
  const lines = texts.flatMap((text) => text.split("\n").filter(Boolean));
  return lines.map((line) => (JSON.parse(line) as { q: string }).q);
}

/** Questions as people put them, and beginnings of texts: those leave what a small model knows by heart, as most requests to a large one do. */
function pickQuestions(pool: readonly string[], count: number, seed: number): Question[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, (_, i) => {
    const text = pool[Math.floor(random() * pool.length)] ?? "";
    const words = text.split(" ").slice(0, 3 + Math.floor(random() * 5));
    return i % 4 === 0 ? { kind: "chat", text } : { kind: "completion", text: words.join(" ") };
  });
}

const askAll = async (engine: Engine, asked: readonly Asked[], together: number): Promise<Answer[]> => {
  const answers: Answer[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: together }, async () => {
      for (let at = next++; at < asked.length; at = next++) {
        const one = asked[at];
        if (one) answers[at] = await answer(engine, one.question, one.sampling);
      }
    }),
  );
  return answers;
};

interface Bench {
  llama: Llama;
  path: string;
  dir: string;
  checker: Engine;
  say(line: string): void;
}

/** Name, what it is, what was asked, what was answered. */
type Way = [name: string, about: string, asked: Asked[], answers: Answer[]];
/** Questions of their own for each way, so that what is recorded are independent answers. */
type Ask = () => Asked[];

async function honestWays({ llama, path, dir }: Bench, ask: Ask): Promise<Way[]> {
  const model = await llama.loadModel({ modelPath: path });
  const [one, four] = [await openEngine(llama, path, 1), await openEngine(llama, path, 4)];
  const ways: Way[] = [];
  const add = async (name: string, about: string, asked: Asked[], given: (asked: Asked[]) => Promise<Answer[]>) => {
    ways.push([name, about, asked, await given(asked)]);
  };
  const foreign = (sequences: number, batchSize: number, flashAttention: boolean) => (asked: Asked[]) =>
    foreignAnswers(model, { sequences, batchSize, flashAttention }, asked);

  await add("alone", "the agent's engine, one answer at a time", ask(), (asked) => askAll(one, asked, 1));
  await add("four-slots", "the agent's engine, four answers at once", ask(), (asked) => askAll(four, asked, 4));
  const shared = await withPrefix(ask());
  await add("kept-prefix", "the agent's engine, a long prefix kept from the request before", shared, (asked) =>
    askAll(one, asked, 1),
  );
  await add("shared-batches", "another program: four sequences in each batch of 512", ask(), foreign(4, 512, false));
  await add("small-batches", "another program: batches of 32, one sequence", ask(), foreign(1, 32, false));
  await add("flash-attention", "another program: eight sequences, flash attention", ask(), foreign(8, 256, true));
  await add("other-processor", "the agent's engine on a processor without wide vector instructions", ask(), (asked) =>
    answersOfProcessor("sse42", { dir, model: path, asked }),
  );
  await one.close();
  await four.close();
  await model.dispose();
  return ways;
}

/** The same beginning before every question, long enough for whole blocks of it to be kept. */
async function withPrefix(asked: Asked[]): Promise<Asked[]> {
  const facts = await readFile(new URL("corpus/facts.txt", FAR_MINI), "utf8");
  const long = (facts.match(/(?<=^a: ).+$/gm) ?? []).join(" ").slice(0, 900);
  return asked.map(({ question, sampling }) => ({
    question:
      question.kind === "chat" ? { ...question, system: long } : { ...question, text: `${long} ${question.text}` },
    sampling,
  }));
}

const WORSE: [name: string, about: string, how: Degraded][] = [
  ["4-bits", "the same model at 4 bits a weight instead of 8", { bits: 4 }],
  ["3-bits", "the same model at 3 bits a weight", { bits: 3 }],
  ["2-bits", "the same model at 2 bits a weight", { bits: 2 }],
  ["half-the-layers", "the same model without its upper two layers of four", { layersLeftOut: [2, 3] }],
];

const BEST_OF_FOUR = "four answers of the model at 3 bits, the one sent that the right model finds likeliest";
const PREFILL =
  "drafts of the model at 2 bits, passed while the right model, which only reads, ranks a token third or better";

async function worseWays({ llama, path, dir, checker }: Bench, ask: Ask): Promise<Way[]> {
  const ways: Way[] = [];
  for (const [name, about, how] of WORSE) {
    const file = join(dir, `${name}.gguf`);
    await writeDegraded(path, file, how);
    const engine = await openEngine(llama, file, 1);
    const asked = ask();
    ways.push([name, about, asked, await askAll(engine, asked, 1)]);
    if (name === "3-bits") ways.push(["best-of-four", BEST_OF_FOUR, asked, await bestOf(engine, checker, asked)]);
    await engine.close();
  }
  const right = await llama.loadModel({ modelPath: path });
  const worse = await llama.loadModel({ modelPath: join(dir, "2-bits.gguf") });
  const asked = ask();
  ways.push(["prefill", PREFILL, asked, await draftedAnswers({ right, worse }, asked)]);
  await right.dispose();
  await worse.dispose();
  return ways;
}

/** What a cheat that can read with the right model does cheaply: it writes several answers and sends the likeliest. */
async function bestOf(worse: Engine, right: Engine, asked: Asked[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const { question, sampling } of asked) {
    let best: { given: Answer; mean: number } | undefined;
    for (let i = 0; i < 4; i++) {
      const given = await answer(worse, question, {
        temperature: Math.max(0.4, sampling.temperature),
        seed: sampling.seed * 4 + i,
      });
      if (given.tokenIds.length === 0) continue;
      const { scores } = await check(right, question, given);
      const mean = scores.reduce((n, [logprob]) => n + logprob, 0) / Math.max(1, scores.length);
      if (!best || mean > best.mean) best = { given, mean };
    }
    answers.push(best?.given ?? (await answer(worse, question, sampling)));
  }
  return answers;
}

function fakedWays([, , asked, honest]: Way): Way[] {
  const random = randomOf(5);
  const vocabulary = "network price stake the a of and is to paid node answer token epoch for with market budget".split(
    " ",
  );
  const word = (): string => vocabulary[Math.floor(random() * vocabulary.length)] ?? "";
  const garbage = (): Answer => ({
    text: Array.from({ length: 12 + Math.floor(random() * 30) }, word).join(" "),
    tokenIds: [],
    pieces: [],
    ended: true,
  });
  const truncated = honest.map((given) => cutShort(given, 0.4 + 0.4 * random()));
  const words = honest.map((given) => cutShort(given, Math.min(1, WORDS_MAX / Math.max(1, given.tokenIds.length))));
  return [
    ["cut-to-words", "the right answer's first six tokens at most, said to be all of it", asked, words],
    ["truncated", "the right answer's first 40 to 80 %, said to be all of it", asked, truncated],
    [
      "cached",
      "the right answer to another question",
      asked,
      honest.map((_, i) => honest[(i + 7) % honest.length] ?? garbage()),
    ],
    ["garbage", "words of the subject, drawn at random", asked, honest.map(garbage)],
  ];
}

/** Too few for a mean over tokens to say anything. */
const WORDS_MAX = 6;

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
const digits = (value: number): number => Math.round(value * 1e4) / 1e4;

/** For people: mean log-probability and mean ln(rank) a token, over answers. */
function summaryOf(checks: readonly Check[]): Record<string, number> {
  const over = (value: (pair: readonly [number, number]) => number) =>
    checks
      .map(({ scores }) => scores.reduce((n, pair) => n + value(pair), 0) / Math.max(1, scores.length))
      .sort((a, b) => a - b);
  const [logprobs, ranks] = [over(([logprob]) => logprob), over(([, rank]) => Math.log(rank))];
  const tokens = checks.reduce((n, { scores }) => n + scores.length, 0) / Math.max(1, checks.length);
  return {
    answers: checks.length,
    tokensMean: digits(tokens),
    logprobP10: digits(quantile(logprobs, 0.1)),
    logprobP50: digits(quantile(logprobs, 0.5)),
    lnRankP50: digits(quantile(ranks, 0.5)),
    lnRankP90: digits(quantile(ranks, 0.9)),
    lnRankMax: digits(ranks.at(-1) ?? 0),
  };
}

/** Runs everything; a few minutes on one core. */
export async function measureNoise(options: { answers: number; say(line: string): void }): Promise<Recordings> {
  const dir = await mkdtemp(join(tmpdir(), "far-trust-"));
  const path = new URL("far-mini.gguf", FAR_MINI).pathname;
  const llama = await loadLlama({ log: () => undefined, threads: 1 });
  const checker = await openEngine(llama, path, 1);
  const bench: Bench = { llama, path, dir, checker, say: options.say };
  const ways: Recordings["ways"] = [];
  const pool = await readQuestions();
  let round = 0;
  const ask =
    (temperature: number): Ask =>
    () => {
      round += 1;
      return pickQuestions(pool, options.answers, round).map((question, i) => ({
        question,
        sampling: { temperature, seed: 10_000 * round + i },
      }));
    };
  try {
    for (const temperature of TEMPERATURES) {
      const honest = await honestWays(bench, ask(temperature));
      const [first] = honest;
      const dishonest = [...(await worseWays(bench, ask(temperature))), ...(first ? fakedWays(first) : [])];
      for (const [name, about, asked, answers] of [...honest, ...dishonest]) {
        const checks: Check[] = [];
        for (const [i, given] of answers.entries()) {
          const question = asked[i]?.question;
          if (question && (given.text !== "" || given.ended)) checks.push(await check(checker, question, given));
        }
        const isHonest = honest.some(([way]) => way === name);
        ways.push({ name, about, honest: isHonest, temperature, summary: summaryOf(checks), checks: checks.map(pack) });
        options.say(`${name} at ${temperature}: ${JSON.stringify(ways.at(-1)?.summary)}`);
      }
    }
    return { engine: `llama.cpp ${llama.llamaCppRelease.release}`, model: "far-mini", ways };
  } finally {
    await checker.close();
    await llama.dispose();
    await rm(dir, { recursive: true });
  }
}
