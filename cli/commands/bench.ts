import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { defineCommand } from "../args/command.ts";

export const bench = defineCommand({
  usage: "[SCENARIO] [--all]",
  description:
    "Measures the whole path (authenticate, reserve, schedule, agent, post, durable) against a bare proxy and a peer in the same run, prints the table and stores it under bench/.",
  options: { all: { type: "boolean", help: "every scenario" } },
  positionals: { min: 0, max: 1 },
  examples: ["far bench", "far bench --all"],
  run: async ({ config, isJson, signal }, { options, positionals }) => {
    const flags = [...(options.all === true ? ["--all"] : []), ...(isJson ? ["--json"] : [])];
    const child = spawn(process.execPath, [join(config.root, "bench/main.ts"), ...positionals, ...flags], {
      stdio: "inherit",
    });
    signal.addEventListener("abort", () => child.kill("SIGTERM"), { once: true });
    const [code] = (await once(child, "exit")) as [number | null];
    return code ?? 130;
  },
});
