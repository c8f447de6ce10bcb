import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { resolve } from "node:path";
import type { Contender } from "./contender.ts";
import { freePorts } from "./ports.ts";

const PEERS = resolve(import.meta.dirname, "../peers");
const PROGRAM = resolve(PEERS, "node_modules/@portkey-ai/gateway/build/start-server.js");
const PORTKEY_VERSION = "1.15.2";

/** Installs the peers, once. They are a package of their own so that nobody else pays for them. @throws Error when npm fails */
export async function installPeers(say: (line: string) => void): Promise<void> {
  if (existsSync(PROGRAM)) return;
  say("Installing the peers to compare with (once) …");
  const npm = spawn(
    "npm",
    ["ci", "--workspaces=false", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
    {
      cwd: PEERS,
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  const code = await new Promise((done, fail) => npm.once("exit", done).once("error", fail));
  if (code !== 0 || !existsSync(PROGRAM)) throw new Error(`npm could not install ${PEERS}`);
}

async function answersOn(port: number, isGone: () => boolean): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (isGone()) throw new Error("the gateway ended before it listened");
    const isOpen = await new Promise<boolean>((done) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => done(true)).once("error", () => done(false));
      socket.once("connect", () => socket.destroy());
    });
    if (isOpen) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error("the gateway did not listen within 10 s");
}

/** `@portkey-ai/gateway` as its authors start it, before the same mock upstream. */
export async function startPortkey(upstreamPort: number): Promise<Contender> {
  const [port = 0] = await freePorts(1);
  const child = spawn(process.execPath, [PROGRAM, "--headless", `--port=${port}`], {
    // It prints a stack for every failed request; what failed is in the report.
    stdio: "ignore",
    env: { ...process.env, NODE_ENV: "production" },
  });
  const gone = new Promise<void>((done) => child.once("exit", () => done()));
  await answersOn(port, () => child.exitCode !== null);
  return {
    name: "portkey",
    label: `@portkey-ai/gateway ${PORTKEY_VERSION}`,
    port,
    headers: {
      authorization: "Bearer bench",
      "x-portkey-provider": "openai",
      "x-portkey-custom-host": `http://127.0.0.1:${upstreamPort}/v1`,
    },
    pid: child.pid ?? 0,
    async stop() {
      child.kill("SIGTERM");
      await gone;
    },
  };
}
