import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { startChild } from "./child.ts";
import type { Contender } from "./contenders/contender.ts";
import { type Network, startNetwork } from "./contenders/network.ts";
import { installPeers, startPortkey } from "./contenders/portkey.ts";
import { startProxy } from "./contenders/proxy.ts";
import { startGenerator } from "./load/generator.ts";
import { machineFacts } from "./machine.ts";
import { renderScenario, summarise } from "./report.ts";
import { runScenario } from "./scenarios/run.ts";
import { bodyOf, type Scenario } from "./scenarios/scenario.ts";

export interface BenchOptions {
  scenarios: readonly Scenario[];
  /** Simulated agents. */
  agents: number;
  isStored: boolean;
  isJson: boolean;
}

const RESULTS = resolve(import.meta.dirname, "results");
const UPSTREAM = resolve(import.meta.dirname, "./programs/upstream.ts");

interface Field {
  contenders: Contender[];
  network: Network | undefined;
  stop(): Promise<void>;
}

/** Starts the contenders that the scenarios ask for, and one upstream for all that need it. */
async function startField(options: BenchOptions, say: (line: string) => void): Promise<Field> {
  const isWanted = (name: string): boolean => options.scenarios.some((s) => s.contenders.includes(name));
  if (isWanted("portkey")) await installPeers(say);
  const stops: (() => Promise<void>)[] = [];
  const contenders: Contender[] = [];
  const add = <C extends Contender>(contender: C): C => {
    contenders.push(contender);
    stops.push(contender.stop);
    return contender;
  };
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const upstream = await startChild<{ port: number }>(UPSTREAM);
    stops.push(upstream.stop);
    const network = isWanted("network") ? add(await startNetwork({ agents: options.agents, say })) : undefined;
    if (isWanted("portkey")) add(await startPortkey(upstream.ready.port));
    if (isWanted("proxy")) add(await startProxy(upstream.ready.port));
    return { contenders, network, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs scenarios, prints and stores them. Resolves to whether every answer was right and the books agree. */
export async function runBench(options: BenchOptions): Promise<boolean> {
  const say = (line: string): void => console.error(line);
  const machine = machineFacts();
  const generator = await startGenerator();
  const field = await startField(options, say).catch(async (error: unknown) => {
    await generator.stop();
    throw error;
  });
  let isRight = true;
  try {
    for (const scenario of options.scenarios) {
      const contenders = field.contenders.filter((c) => scenario.contenders.includes(c.name));
      const books = contenders.some((c) => c.name === "network") ? field.network?.books : undefined;
      await books?.begin(bodyOf(scenario));
      const measured = await runScenario(scenario, { generator, contenders, say });
      const summaries = summarise(measured, contenders);
      const kept = await books?.end(measured.find((m) => m.contender === "network")?.answersInAll ?? 0);
      if (kept?.isRight === false || summaries.some((s) => Object.keys(s.wrong).length > 0)) isRight = false;
      const result = {
        scenario,
        machine,
        network: field.network?.facts,
        at: new Date().toISOString(),
        summaries,
        books,
      };
      if (options.isStored) {
        mkdirSync(RESULTS, { recursive: true });
        writeFileSync(resolve(RESULTS, `${scenario.name}.json`), `${JSON.stringify(result, null, 2)}\n`);
      }
      console.log(
        options.isJson ? JSON.stringify(result) : `\n${renderScenario(scenario, summaries)}\n${kept?.text ?? ""}\n`,
      );
    }
  } finally {
    await field.stop();
    await generator.stop();
  }
  return isRight;
}
