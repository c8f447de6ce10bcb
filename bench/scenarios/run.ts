import type { Contender } from "../contenders/contender.ts";
import { cpuMsOfTree } from "../cpu.ts";
import type { Generator } from "../load/generator.ts";
import type { LoadJob, LoadReport } from "../load/job.ts";
import { bodyOf, expectationOf, type Scenario } from "./scenario.ts";

export interface Round extends LoadReport {
  /** Processor time of the contender per right answer, microseconds, warm-up included. */
  cpuUsEach: number;
}
export interface Measured {
  contender: string;
  rounds: Round[];
  /** Right answers in all, the first warm-up included. */
  answersInAll: number;
}

export interface RunDeps {
  generator: Generator;
  contenders: readonly Contender[];
  say(line: string): void;
}

/** Longer than the rounds' own warm-up, once: code is compiled, pools are filled, sockets are known. */
const FIRST_WARMUP_MS = 6_000;

/** Runs the rounds of one scenario, contenders interleaved, so that what the machine does meanwhile hits all of them. */
export async function runScenario(scenario: Scenario, deps: RunDeps): Promise<Measured[]> {
  const results = deps.contenders.map((contender) => ({ contender, rounds: [] as Round[], answersInAll: 0 }));
  const jobFor = (contender: Contender): LoadJob => ({
    host: "127.0.0.1",
    port: contender.port,
    path: "/v1/chat/completions",
    headers: contender.headers,
    body: bodyOf(scenario),
    connections: scenario.connections,
    warmupMs: scenario.warmupMs,
    measureMs: scenario.measureMs,
    expect: expectationOf(scenario),
  });

  for (const result of results) {
    deps.say(`${scenario.name}: warming up ${result.contender.label} …`);
    const job = { ...jobFor(result.contender), warmupMs: FIRST_WARMUP_MS - 1_000, measureMs: 1_000 };
    result.answersInAll += (await deps.generator.run(job)).answersInAll;
  }
  for (let round = 0; round < scenario.rounds; round++) {
    // Each round begins with another contender, so that none always follows the same one.
    const first = round % results.length;
    for (const result of [...results.slice(first), ...results.slice(0, first)]) {
      const cpuBeforeMs = cpuMsOfTree(result.contender.pid);
      const report = await deps.generator.run(jobFor(result.contender));
      const cpuMs = cpuMsOfTree(result.contender.pid) - cpuBeforeMs;
      result.rounds.push({ ...report, cpuUsEach: (cpuMs * 1_000) / report.answersInAll });
      result.answersInAll += report.answersInAll;
      const wrong = Object.entries(report.wrong);
      deps.say(
        `${scenario.name}: round ${round + 1} of ${scenario.rounds}, ${result.contender.name}: ${Math.round(report.perSecond)} answers/s` +
          (wrong.length === 0 ? "" : `; NOT RIGHT: ${wrong.map(([why, count]) => `${count} × ${why}`).join("; ")}`),
      );
    }
  }
  return results.map(({ contender, ...rest }) => ({ contender: contender.name, ...rest }));
}
