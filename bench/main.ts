/** `far bench`: loads the network and what it is compared with, prints tables, stores results. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runBench } from "./bench.ts";
import { SCENARIOS } from "./scenarios/scenario.ts";

const HELP = `far bench [scenario …] [options]

Loads this network (server, PostgreSQL with fsync on, simulated agents), @portkey-ai/gateway and a bare Node proxy in one run,
prints medians and ratios, and stores them in bench/results/. The first run installs the gateway into bench/peers (25 MB).

Scenarios
${SCENARIOS.map((s) => `  ${s.name.padEnd(9)}${s.about}`).join("\n")}

Alone, without a network (test/trust/README.md)
  trust        simulates cheats against scheduler and trust; --rounds N are the runs of each
  trust-noise  measures what checks say of honest and dishonest answers of the real engine

Options
  --all            every scenario (default: path)
  --rounds N       rounds per contender
  --seconds N      measured seconds per round
  --connections N  connections instead of the scenario's own
  --agents N       simulated agents (default 64)
  --only NAMES     contenders, by comma: network, portkey, proxy
  --no-store       print only
  --json           print the results as JSON
  --help

Examples
  far bench
  far bench path --rounds 3 --seconds 3
  far bench --all
  far bench latency streams --no-store

Exit code: 0 when every answer was right and the auditor found nothing, 1 otherwise, 2 for wrong usage.
`;

const TRUST = "../test/trust/main.ts";
/** What is measured of checks has a program of its own. */
const TRUST_VERBS: Readonly<Record<string, string>> = { trust: "simulate", "trust-noise": "noise" };

/** @throws Error for anything but a positive whole number */
function count(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name} takes a whole number of at least 1, not ${text}`);
  return value;
}

function readArguments(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      all: { type: "boolean", default: false },
      rounds: { type: "string" },
      seconds: { type: "string" },
      connections: { type: "string" },
      agents: { type: "string" },
      only: { type: "string" },
      "no-store": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const verb = TRUST_VERBS[positionals[0] ?? ""];
  if (verb !== undefined) {
    const runs = count("rounds", values.rounds);
    const trust = [
      verb,
      ...(runs === undefined ? [] : ["--runs", `${runs}`]),
      ...(values["no-store"] ? ["--no-store"] : []),
    ];
    return { isHelp: values.help, trust, options: null };
  }
  const names = values.all ? SCENARIOS.map((s) => s.name) : positionals.length > 0 ? positionals : ["path"];
  const scenarios = names.map((name) => {
    const scenario = SCENARIOS.find((s) => s.name === name);
    if (scenario === undefined)
      throw new Error(`no scenario ${name}; there are ${SCENARIOS.map((s) => s.name).join(", ")}`);
    const measureS = count("seconds", values.seconds);
    return {
      ...scenario,
      rounds: count("rounds", values.rounds) ?? scenario.rounds,
      connections: count("connections", values.connections) ?? scenario.connections,
      measureMs: measureS === undefined ? scenario.measureMs : measureS * 1_000,
      contenders:
        values.only === undefined
          ? scenario.contenders
          : scenario.contenders.filter((c) => values.only?.split(",").includes(c)),
    };
  });
  return {
    isHelp: values.help,
    trust: null,
    options: {
      scenarios,
      agents: count("agents", values.agents) ?? 64,
      isStored: !values["no-store"],
      isJson: values.json,
    },
  };
}

async function main(): Promise<number> {
  let parsed: ReturnType<typeof readArguments>;
  try {
    parsed = readArguments(process.argv.slice(2));
  } catch (error) {
    console.error(
      `far bench: ${error instanceof Error ? error.message : String(error)}. far bench --help shows the usage.`,
    );
    return 2;
  }
  if (parsed.isHelp) {
    console.log(HELP);
    return 0;
  }
  if (parsed.trust !== null) {
    const args = [join(import.meta.dirname, TRUST), ...parsed.trust];
    return spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 130;
  }
  try {
    return (await runBench(parsed.options)) ? 0 : 1;
  } catch (error) {
    console.error(`far bench: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

process.exitCode = await main();
