import { homedir } from "node:os";
import { join } from "node:path";
import { createLog, isOptionWrong, type Log, startAgent } from "@farlabs/agent";
import { defineCommand } from "../../args/command.ts";
import { parseCount } from "../../args/parse.ts";
import { CliError } from "../../errors.ts";
import { printable } from "../../terminal/hostile.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import { engineOptions, enginesOf } from "./engineOptions.ts";

const DRAIN_MS = 30_000;

const countOr = (text: string | undefined, name: string): number | undefined =>
  text === undefined ? undefined : parseCount(text, { name, min: 1, max: 1_024 });

const wattsOr = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : parseCount(text, { name: "--power-cap", min: 1, max: 10_000 });

/** The agent's lines as a person reads them; a pipe, a service or `--json` gets them as JSON. */
function logFor(terminal: Terminal, options: { isJson: boolean; isVerbose: boolean }): Log {
  const { noteStyle: style } = terminal;
  const level = options.isVerbose ? "debug" : "info";
  if (!terminal.isLive || options.isJson) return createLog(undefined, level);
  return (lineLevel, message, metadata = {}) => {
    if (lineLevel === "debug" && !options.isVerbose) return;
    const facts = Object.entries(metadata).map(
      ([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`,
    );
    const isBad = lineLevel === "warn" || lineLevel === "error";
    const time = style.dim(new Date().toISOString().slice(11, 19));
    terminal.note(
      `${time} ${isBad ? style.yellow(message) : message} ${style.dim(printable(facts.join(", ").slice(0, 1_000)))}`.trimEnd(),
    );
  };
}

export const start = defineCommand({
  usage: "--network URL --token T (--engine URL | --model FILE.gguf)…",
  description:
    "Serves the models of this machine to a network and earns for it. It dials out: no port is opened, and it works behind NAT. Drives any OpenAI-compatible server (vLLM, SGLang, llama.cpp, Ollama) or runs GGUF files itself. Ctrl-C drains: running answers end first, 30 s at most.",
  options: {
    network: { type: "string", value: "URL", help: "the network (or FAR_NETWORK); plain http only to this machine" },
    token: { type: "string", value: "T", help: "join token, from the network (or FAR_NODE_TOKEN)" },
    ...engineOptions,
    model: { type: "string", multiple: true, value: "FILE", help: "a GGUF file to run here; repeatable" },
    id: { type: "string", multiple: true, value: "ID", help: "its id on the network, in the order of --model" },
    slots: { type: "string", value: "N", help: "requests at once, for each server and file (default 4)" },
    threads: { type: "string", value: "N", help: "CPU threads for files (default: cores − 1)" },
    hours: {
      type: "string",
      multiple: true,
      value: "TIMES",
      help: 'when to work: "22:00-07:00", "mon-fri 18:00-08:00"; repeatable (default always)',
    },
    "time-zone": {
      type: "string",
      value: "ZONE",
      help: "of the hours, for instance Europe/Oslo (default: this machine's)",
    },
    "power-cap": { type: "string", value: "W", help: "most each GPU may draw, in watts (nvidia-smi; takes root)" },
    verbose: { type: "boolean", help: "more in the log" },
  },
  positionals: { min: 0, max: 0 },
  examples: [
    "far node start --network https://api.far.example --token far_join_… --engine http://127.0.0.1:8000/v1",
    "far node start --network http://127.0.0.1:8080 --token far_join_… --model far-mini.gguf --id far-mini",
    'far node start --network … --token … --engine … --hours "mon-fri 18:00-08:00" --hours "sat-sun 00:00-24:00"',
  ],
  run: async ({ config, credentials, signal, terminal, isJson }, { options }) => {
    const asked = options.network ?? config.node.network;
    const local = asked === undefined ? credentials.local() : null;
    const network = asked ?? local?.api;
    const token = options.token ?? config.node.token ?? local?.nodeToken;
    if (network === undefined || token === undefined) {
      throw new CliError("usage", "usage", {
        message: "Name the network and its join token: --network URL --token T.",
        hint: "far node token makes one. This clone's network needs neither, while it runs (far up).",
      });
    }
    const agent = await startAgent({
      ...{ network, token, dir: options.dir ?? join(homedir(), ".far-node") },
      ...enginesOf(options),
      models: (options.model ?? []).map((path, i) => ({ path, id: options.id?.[i] })),
      ...{ slots: countOr(options.slots, "--slots"), threads: countOr(options.threads, "--threads") },
      ...{ hours: options.hours, timeZone: options["time-zone"] },
      powerCapW: wattsOr(options["power-cap"]),
      allowPlainEngine: options["allow-plain-engine"],
      log: logFor(terminal, { isJson, isVerbose: options.verbose === true }),
    }).catch((error: unknown) => {
      if (!isOptionWrong(error)) throw error;
      throw new CliError("usage", error.code, { message: error.message, cause: error });
    });
    if (signal.aborted) await agent.stop();
    const drain = (): void => {
      if (terminal.isLive) terminal.note("Running answers end first; Ctrl-C again stops at once.");
      // The command's own signal tells of the first Ctrl-C alone.
      for (const again of ["SIGINT", "SIGTERM"] as const) process.once(again, () => void agent.stop());
      void agent.drain(DRAIN_MS);
    };
    signal.addEventListener("abort", drain, { once: true });
    const end = await agent.closed;
    await agent.stop();
    if (end.code === "stopped") return 0;
    throw new CliError("credentials", end.code, { message: `The network turned this node away: ${end.message}` });
  },
});
