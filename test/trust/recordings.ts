/**
 * Checks of real answers, as recorded by `noise/`: for each way to answer, honest or not, what a checker's engine said of each token. Tokens in
 * first place are written down as their sum alone, and read as if each had its mean: statistics are sums over tokens.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";

const RECORDINGS = new URL("../../bench/results/trust-noise.json", import.meta.url);

const HUNDREDTHS = 100;

/** One answer as a checker scored it. Ranks begin at 1. */
export interface Check {
  /** Natural log of the probability, and the rank, of each token. */
  scores: readonly (readonly [logprob: number, rank: number])[];
  /** The same for the end of the turn, where the answer said that it ended by itself. */
  end: readonly [logprob: number, rank: number] | null;
}
export interface Way {
  name: string;
  about: string;
  honest: boolean;
  temperature: number;
  checks: readonly Check[];
}

const packed = z.tuple([z.number(), z.tuple([z.number(), z.number()]).nullable(), z.number(), z.array(z.number())]);
const file = z.object({
  engine: z.string(),
  model: z.string(),
  ways: z.array(
    z.object({
      name: z.string(),
      about: z.string(),
      honest: z.boolean(),
      temperature: z.number(),
      /** For people; what is computed from is `checks`. */
      summary: z.record(z.string(), z.number()),
      /** Tokens; the end's pair; log-probability of those in first place together; log-probability and rank of each other one. In hundredths. */
      checks: z.array(packed),
    }),
  ),
});
export type Recordings = z.infer<typeof file>;

const hundredths = (logprob: number): number => Math.round(logprob * HUNDREDTHS);

export function pack({ scores, end }: Check): z.infer<typeof packed> {
  const first = scores.filter(([, rank]) => rank === 1);
  return [
    scores.length,
    end === null ? null : [hundredths(end[0]), end[1]],
    hundredths(first.reduce((sum, [logprob]) => sum + logprob, 0)),
    scores.filter(([, rank]) => rank > 1).flatMap(([logprob, rank]) => [hundredths(logprob), rank]),
  ];
}

function unpack([tokens, end, firstSum, others]: z.infer<typeof packed>): Check {
  const first = Math.max(1, tokens - others.length / 2);
  const scores = Array.from({ length: tokens }, (_, i): readonly [number, number] => {
    const [logprob, rank] = [others[2 * i], others[2 * i + 1]];
    return logprob === undefined || rank === undefined
      ? [firstSum / HUNDREDTHS / first, 1]
      : [logprob / HUNDREDTHS, rank];
  });
  return { scores, end: end === null ? null : [end[0] / HUNDREDTHS, end[1]] };
}

/** @throws Error if they were never recorded, or are of another shape */
export function readRecordings(): Way[] {
  const read = file.parse(JSON.parse(readFileSync(RECORDINGS, "utf8")));
  return read.ways.map((way) => ({ ...way, checks: way.checks.map(unpack) }));
}

/** What was recorded, for people. */
export const readSummaries = () =>
  file.parse(JSON.parse(readFileSync(RECORDINGS, "utf8"))).ways.map(({ checks: _, ...way }) => way);

/** One answer a line, so that a new recording can be compared with the old. */
export function writeRecordings(all: Recordings): void {
  const ways = all.ways.map(({ checks, ...way }) => {
    const lines = checks.map((check) => JSON.stringify(check)).join(",\n");
    return `${JSON.stringify(way).slice(0, -1)},"checks":[\n${lines}]}`;
  });
  const { ways: _, ...head } = all;
  writeFileSync(RECORDINGS, `${JSON.stringify(head).slice(0, -1)},"ways":[\n${ways.join(",\n")}]}\n`);
}
