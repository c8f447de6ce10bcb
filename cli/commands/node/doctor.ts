import { homedir } from "node:os";
import { join } from "node:path";
import { examine, type Finding } from "@farlabs/agent";
import { defineCommand } from "../../args/command.ts";
import { CliError } from "../../errors.ts";
import { printable } from "../../terminal/hostile.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import { engineOptions, enginesOf } from "./engineOptions.ts";

function print({ terminal }: { terminal: Terminal }, finding: Finding): void {
  const { style } = terminal;
  const mark = { ok: style.green("ok  "), warn: style.yellow("warn"), fail: style.red("fail") }[finding.status];
  terminal.out(`${mark}  ${finding.check.padEnd(9)}  ${printable(finding.detail)}`);
  if (finding.remedy !== undefined) terminal.out(`                 ${style.dim(`→ ${printable(finding.remedy)}`)}`);
}

export const doctor = defineCommand({
  usage: "[--network URL] [--engine URL]… [--model FILE]…",
  description:
    "Looks at what a node needs before it joins: GPU driver and memory, the engine and an answer from it, the way to the network, the clock, the line. It joins nothing and changes nothing. Exit code 1 if something has to be mended first.",
  options: {
    network: { type: "string", value: "URL", help: "the network; default: this clone's" },
    ...engineOptions,
    model: { type: "string", multiple: true, value: "FILE", help: "a GGUF file" },
  },
  positionals: { min: 0, max: 0 },
  examples: [
    "far node doctor --network https://api.far.example",
    "far node doctor --engine http://127.0.0.1:8000/v1 --json",
  ],
  run: async ({ credentials, terminal, isJson }, { options }) => {
    const network = options.network ?? credentials.local()?.api;
    if (network === undefined) throw new CliError("usage", "usage", { message: "Name the network: --network URL." });
    const findings: Finding[] = [];
    for await (const finding of examine({
      ...{ network, dir: options.dir ?? join(homedir(), ".far-node") },
      ...enginesOf(options),
      models: options.model ?? [],
      allowPlainEngine: options["allow-plain-engine"],
    })) {
      findings.push(finding);
      if (!isJson) print({ terminal }, finding);
    }
    const failed = findings.filter((f) => f.status === "fail").length;
    if (isJson) terminal.out(JSON.stringify(findings, null, 2));
    else terminal.note(failed === 0 ? "Ready to join: far node start --help" : `${failed} to mend before it can join.`);
    return failed === 0 ? 0 : 1;
  },
});
