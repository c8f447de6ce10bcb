import { createServer } from "node:net";
import { parseCount } from "../args/parse.ts";
import { CliError } from "../errors.ts";

export interface Ports {
  api: number;
  realtime: number;
  chain: number;
}
export interface PortFlags {
  port: string | undefined;
  "realtime-port": string | undefined;
  "chain-port": string | undefined;
}

const DEFAULTS: Ports = { api: 8080, realtime: 3001, chain: 8545 };
const FLAG_OF: Readonly<Record<keyof Ports, keyof PortFlags>> = {
  api: "port",
  realtime: "realtime-port",
  chain: "chain-port",
};

/** `--port N` moves the API to N and the others by the same distance, so that one flag is enough for a second network. @throws CliError `usage` */
export function choosePorts(flags: PortFlags): Ports {
  const read = (name: keyof PortFlags, fallback: number): number => {
    const text = flags[name];
    return text === undefined ? fallback : parseCount(text, { name: `--${name}`, min: 1, max: 65_535 });
  };
  const api = read("port", DEFAULTS.api);
  const moved = (fallback: number): number => {
    const port = fallback + api - DEFAULTS.api;
    return port >= 1 && port <= 65_535 ? port : fallback;
  };
  const ports = {
    api,
    realtime: read("realtime-port", moved(DEFAULTS.realtime)),
    chain: read("chain-port", moved(DEFAULTS.chain)),
  };
  if (new Set(Object.values(ports)).size < 3) {
    throw new CliError("usage", "usage", {
      message: `The ports must differ: API ${ports.api}, realtime ${ports.realtime}, chain ${ports.chain}.`,
    });
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ host: "127.0.0.1", port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** @throws CliError `port_taken` naming the port and the flag that moves it */
export async function checkPorts(ports: Ports, names: readonly (keyof Ports)[]): Promise<void> {
  for (const name of names) {
    if (await isFree(ports[name])) continue;
    throw new CliError("conflict", "port_taken", {
      message: `Port ${ports[name]} on 127.0.0.1, for the ${name === "api" ? "API" : name}, is taken by another program.`,
      hint: `Choose another with --${FLAG_OF[name]} N${name === "api" ? " (the other ports move along)" : ""}.`,
    });
  }
}
