/** kill -9 of any part of `far up`, and of all of it, with requests in flight. */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createUp, type Up } from "../support/up.ts";

let up: Up;

beforeAll(async () => {
  up = await createUp();
  await up.start();
}, 120_000);
afterAll(() => up?.close());

/** Processes of this network by what they run; found as a person would, in the process table. */
function pids(what: "server" | "agent" | "chain" | "database"): number[] {
  const pattern = { server: /server\/main\.ts/, agent: /agent\/main\.ts/, chain: /anvil/, database: /postgres/ }[what];
  const children = (parent: number): number[] => {
    try {
      return execFileSync("pgrep", ["-P", String(parent)], { encoding: "utf8" })
        .trim()
        .split("\n")
        .map(Number);
    } catch {
      return [];
    }
  };
  const root = up.process().child.pid ?? 0;
  const all = children(root).flatMap((pid) => [pid, ...children(pid)]);
  return all.filter((pid) =>
    pattern.test(execFileSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" })),
  );
}

async function untilAnswered(): Promise<void> {
  for (let i = 0; i < 300; i++) {
    const status = await up.ask("What is FAR?").then(
      (r) => r.status,
      () => 0,
    );
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`never answered again:\n${up.process().output()}`);
}

test.each(["agent", "server", "chain", "database"] as const)(
  "kill -9 of the %s: it is started again, the auditor is clean",
  async (part) => {
    const asked = Array.from({ length: 20 }, () => up.ask("Tell me everything about Far Labs.").catch(() => null));
    await new Promise((resolve) => setTimeout(resolve, 150));
    const victims = pids(part);
    expect(victims.length).toBeGreaterThan(0);
    for (const pid of victims) process.kill(pid, "SIGKILL");
    await Promise.all(asked);
    await untilAnswered();
    await expect.poll(() => up.audit(), { timeout: 30_000 }).toMatchObject({ findings: [] });
  },
  120_000,
);

test("kill -9 of everything: the next up recovers by itself", async () => {
  const everything = [...pids("agent"), ...pids("server"), ...pids("chain"), ...pids("database")];
  const asked = Array.from({ length: 20 }, () => up.ask("Tell me everything about Far Labs.").catch(() => null));
  await new Promise((resolve) => setTimeout(resolve, 100));
  await up.process().kill("SIGKILL");
  for (const pid of everything) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended with its parent.
    }
  }
  await Promise.all(asked);
  await up.start();
  await untilAnswered();
  await expect.poll(() => up.audit(), { timeout: 30_000 }).toMatchObject({ findings: [] });
}, 180_000);
