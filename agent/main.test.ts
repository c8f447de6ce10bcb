import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { assignFrame, type FakeNetwork, startFakeNetwork } from "./testing/fakeNetwork.ts";
import { type ScriptedOpenAi, sse, startScriptedOpenAi, textEvent } from "./testing/scriptedOpenAi.ts";
import { writeTinyGguf } from "./testing/tinyGguf.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));
let dir: string;
let network: FakeNetwork;
let server: ScriptedOpenAi;
const children: ChildProcess[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "far-agent-"));
  network = await startFakeNetwork();
  server = await startScriptedOpenAi();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await Promise.all([network.close(), server.close()]);
  await rm(dir, { recursive: true });
});

function start(...args: string[]) {
  const child = spawn(process.execPath, ["main.ts", ...args], {
    cwd: folder,
    env: { HOME: dir, PATH: process.env.PATH },
  });
  children.push(child);
  let err = "";
  child.stderr.on("data", (data: Buffer) => {
    err += data.toString();
  });
  const exit = once(child, "exit").then(([code]) => ({ code: code as number, err }));
  return { child, exit };
}

describe("the agent as a process", () => {
  it("serves a server's model from its own folder, given a URL, a token and the engine; drains on SIGTERM", async () => {
    const gate = Promise.withResolvers<void>();
    server.handle = async (_request, response) => {
      sse(response);
      response.write(textEvent("before "));
      await gate.promise;
      response.end(textEvent("after", "stop"));
    };
    const { child, exit } = start("--network", network.url, "--token", "join", "--engine", server.base);
    const hello = await network.next("hello");
    expect(hello).toMatchObject({
      joinToken: "join",
      capabilities: { engines: [{ kind: "openai", models: [{ id: "m" }] }] },
    });
    expect((await readFile(join(dir, ".far-node", "node.key"), "utf8")).trim()).toMatch(/^0x[0-9a-f]{64}$/);
    network.send(assignFrame("t1"));
    await network.next("chunk");
    child.kill("SIGTERM");
    expect((await network.next("state")).state).toBe("drain");
    gate.resolve();
    expect((await network.next("result")).chunks).toBe(2);
    expect(await exit).toMatchObject({ code: 0 });
    expect(network.violations).toEqual([]);
  });

  it("runs a model file, answers, and stops cleanly on a second signal amid an answer", async () => {
    const file = join(dir, "random.gguf");
    await writeTinyGguf(file);
    const { child, exit } = start(
      "--network",
      network.url,
      "--token",
      "join",
      "--model",
      file,
      "--id",
      "m",
      "--threads",
      "1",
      "--dir",
      dir,
    );
    const hello = await network.next("hello");
    expect(hello.capabilities.engines[0]).toMatchObject({
      kind: "llama.cpp",
      models: [{ id: "m", continuation: "exact", contextTokens: 1024 }],
    });
    network.send(assignFrame("t1", 1, { temperature: 0, max_tokens: 5 }));
    expect((await network.next("result")).usage.completionTokens).toBeLessThanOrEqual(5);
    network.send({
      ...assignFrame("t2", 1, { messages: undefined, prompt: "a", temperature: 1, max_tokens: 1000 }),
      kind: "completion",
    });
    await network.next("accept", (f) => f.taskId === "t2");
    child.kill("SIGTERM");
    await network.next("state");
    child.kill("SIGTERM");
    expect(await exit).toMatchObject({ code: 0 });
    expect(network.violations).toEqual([]);
  });

  it("logs JSON lines without its token, its key or a prompt", async () => {
    const { child, exit } = start(
      "--network",
      network.url,
      "--token",
      "join-secret",
      "--engine",
      server.base,
      "--dir",
      dir,
    );
    await network.next("hello");
    network.send(assignFrame("t1", 1, { messages: [{ role: "user", content: "private words" }] }));
    await network.next("fail");
    child.kill("SIGTERM");
    const { err } = await exit;
    const lines = err
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { service: string; message: string });
    expect(lines.map((l) => l.message)).toEqual(expect.arrayContaining(["engine up", "online", "task failed"]));
    for (const secret of ["join-secret", "private words", (await readFile(join(dir, "node.key"), "utf8")).trim()])
      expect(err).not.toContain(secret);
  });

  it.each([
    [["--network", "http://example.org", "--token", "t", "--engine", "http://127.0.0.1:1/v1"], 2, "TLS"],
    [["--token", "t"], 2, "--network"],
    [["--network", "http://127.0.0.1:1", "--token", "t", "--engine", "http://10.0.0.1/v1"], 2, "--allow-plain-engine"],
    [["--network", "http://127.0.0.1:1", "--token", "t", "--model", "/none.gguf"], 2, "/none.gguf"],
  ])("refuses %j with exit code %i", async (args, code, text) => {
    const end = await start(...args, "--dir", dir).exit;
    expect(end.code).toBe(code);
    expect(end.err).toContain(text);
  });

  it("ends with code 3 when the network turns it away", async () => {
    await network.close();
    network = await startFakeNetwork({
      onHello: () => [{ type: "bye", code: "bad_token", message: "unknown join token", retry: false }],
    });
    const end = await start("--network", network.url, "--token", "t", "--engine", server.base, "--dir", dir).exit;
    expect(end.code).toBe(3);
    expect(end.err).toContain("unknown join token");
  });
});
