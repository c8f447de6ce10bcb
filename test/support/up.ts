/** `far up` as a person runs it, on a state folder and ports of its own. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@farlabs/server/testing";
import { type Process, start } from "./network.ts";

const READY_MS = 90_000;

export interface NetworkFile {
  api: string;
  rpc: string;
  apiKey: string;
  account: string;
  nodeToken: string;
  adminToken: string;
  pid: number;
}
export interface Part {
  name: string;
  pid: number;
}

export interface Up {
  stateDir: string;
  /** Starts, and waits until the network is ready. */
  start(): Promise<NetworkFile>;
  process(): Process;
  /** Any other command against this network. @returns exit code and output */
  far(...args: string[]): Promise<{ code: number | null; output: string }>;
  ask(text: string): Promise<{ status: number; text: string }>;
  audit(): Promise<{ findings: unknown[] }>;
  close(): Promise<void>;
}

export async function createUp(): Promise<Up> {
  const stateDir = mkdtempSync(join(tmpdir(), "far-up-"));
  const [api, realtime, chain] = [await freePort(), await freePort(), await freePort()];
  const env = { FAR_STATE: stateDir, HOME: stateDir, NO_COLOR: "1" };
  let running: Process | null = null;
  const file = (): NetworkFile => JSON.parse(readFileSync(join(stateDir, "network.json"), "utf8")) as NetworkFile;
  const bearer = (token: string) => ({ authorization: `Bearer ${token}`, "content-type": "application/json" });

  const up: Up = {
    stateDir,
    async start() {
      rmSync(join(stateDir, "network.json"), { force: true });
      const ports = ["--port", String(api), "--realtime-port", String(realtime), "--chain-port", String(chain)];
      const process = start(["cli/main.ts", "up", ...ports], env);
      running = process;
      for (const end = Date.now() + READY_MS; !existsSync(join(stateDir, "network.json")); ) {
        if (process.child.exitCode !== null || Date.now() > end)
          throw new Error(`far up is not ready:\n${process.output()}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return file();
    },
    process() {
      if (running === null) throw new Error("not started");
      return running;
    },
    async far(...args) {
      const process = start(["cli/main.ts", ...args], env);
      const code = await new Promise<number | null>((resolve) => process.child.once("close", resolve));
      return { code, output: process.output() };
    },
    async ask(text) {
      const { api: url, apiKey } = file();
      const body = JSON.stringify({
        model: "far-mini",
        messages: [{ role: "user", content: text }],
        max_tokens: 80,
        temperature: 0,
      });
      const response = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers: bearer(apiKey), body });
      return { status: response.status, text: await response.text() };
    },
    async audit() {
      const { api: url, adminToken } = file();
      return (await (await fetch(`${url}/api/v1/admin/audit`, { headers: bearer(adminToken) })).json()) as {
        findings: unknown[];
      };
    },
    async close() {
      await running?.kill("SIGTERM");
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
  return up;
}
