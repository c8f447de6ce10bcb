import type { OptionSpecs, OptionValues } from "../../args/command.ts";
import { CliError } from "../../errors.ts";

/** Which engines a node serves, for every command that asks. */
export const engineOptions = {
  engine: {
    type: "string",
    multiple: true,
    value: "URL",
    help: "base of an OpenAI-compatible server, ending in /v1; repeatable (default: those found on this machine)",
  },
  "engine-key": {
    type: "string",
    multiple: true,
    value: "K",
    help: 'its key, in the order of --engine ("none" for none)',
  },
  map: {
    type: "string",
    multiple: true,
    value: "NAME=ID",
    help: "offer the server's model NAME as the network's ID, and only such",
  },
  dir: { type: "string", value: "DIR", help: "folder of the node's key (default ~/.far-node)" },
  "allow-plain-engine": { type: "boolean", help: "plain http to a server on a private address" },
} as const satisfies OptionSpecs;

/** Servers and the names of their models, as the agent takes them. @throws CliError `usage` for a `--map` without `=` */
export function enginesOf(options: Pick<OptionValues<typeof engineOptions>, "engine" | "engine-key" | "map">) {
  const keys = options["engine-key"] ?? [];
  const engines = (options.engine ?? []).map((url, i) => ({ url, key: keys[i] === "none" ? undefined : keys[i] }));
  return { engines, modelIds: options.map === undefined ? undefined : Object.fromEntries(options.map.map(idOf)) };
}

function idOf(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new CliError("usage", "usage", { message: `--map must be SERVER_NAME=NETWORK_ID, not "${text}".` });
  return [text.slice(0, at), text.slice(at + 1)];
}
