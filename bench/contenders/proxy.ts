import { resolve } from "node:path";
import { startChild } from "../child.ts";
import type { Contender } from "./contender.ts";

/** A bare Node HTTP proxy before the mock upstream. */
export async function startProxy(upstreamPort: number): Promise<Contender> {
  const child = await startChild<{ port: number }>(resolve(import.meta.dirname, "../programs/proxy.ts"), {
    args: [String(upstreamPort)],
  });
  return {
    name: "proxy",
    label: "bare Node HTTP proxy",
    port: child.ready.port,
    headers: {},
    pid: child.process.pid ?? 0,
    stop: child.stop,
  };
}
