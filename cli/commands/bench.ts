import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { defineCommand, type OptionSpecs } from "../args/command.ts";

/** What the benchmark itself takes; it checks the values. */
const options = {
  all: { type: "boolean", help: "every scenario (default: path)" },
  rounds: { type: "string", value: "N", help: "rounds per contender" },
  seconds: { type: "string", value: "N", help: "measured seconds per round" },
  connections: { type: "string", value: "N", help: "connections instead of the scenario's own" },
  agents: { type: "string", value: "N", help: "simulated agents (default 64)" },
  only: { type: "string", value: "NAMES", help: "contenders, by comma: network, portkey, proxy" },
  "no-store": { type: "boolean", help: "print only" },
} as const satisfies OptionSpecs;

const flagOf = ([name, value]: [string, unknown]): string[] => {
  if (typeof value === "string") return [`--${name}`, value];
  return value === true ? [`--${name}`] : [];
};

export const bench = defineCommand({
  usage: "[SCENARIO]… [--all]",
  description:
    "Measures the whole path (authenticate, reserve, schedule, agent, post, durable) against a bare proxy and a peer in the same run, prints the table and stores it under bench/results. Nothing needs to run for it. The first run installs the peer.",
  options,
  positionals: { min: 0, max: 16 },
  examples: ["far bench", "far bench path --rounds 3 --seconds 3", "far bench --all"],
  run: async ({ config, signal }, { options: given, positionals }) => {
    const args = [join(config.root, "bench/main.ts"), ...positionals, ...Object.entries(given).flatMap(flagOf)];
    const child = spawn(process.execPath, args, { stdio: "inherit" });
    signal.addEventListener("abort", () => child.kill("SIGTERM"), { once: true });
    const [code] = (await once(child, "exit")) as [number | null];
    return code ?? 130;
  },
});
