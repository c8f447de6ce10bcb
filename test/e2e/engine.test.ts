/**
 * An agent started from its own folder with only a URL and a token, in front of an OpenAI-compatible server that is not ours
 * (llama.cpp's own), serves that server's model.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { testDatabase } from "@farlabs/server/testing";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { farMini, type Network, type Process, start, startNetwork } from "../support/network.ts";

const python = process.env.FAR_TEST_PYTHON ?? "python3";
const missing = spawnSync(python, ["-c", "import xllamacpp"]).status !== 0;
if (missing)
  process.stderr.write(
    `skipped: an agent in front of llama.cpp's own server: ${python} has no xllamacpp (./far test installs it)\n`,
  );
const agentDir = fileURLToPath(new URL("../../agent", import.meta.url));

describe.skipIf(missing)("in front of llama.cpp's own server", async () => {
  const db = await testDatabase();
  let network: Network;
  let engine: ChildProcess;
  let agent: Process;
  let home: string;
  let apiKey: string;

  beforeAll(async () => {
    engine = spawn(python, [join(agentDir, "testing/llamaServer.py"), farMini], { stdio: ["pipe", "pipe", "ignore"] });
    const address = await new Promise<string>((resolve, reject) => {
      let printed = "";
      engine.stdout?.on("data", (data: Buffer) => {
        printed += data.toString();
        const found = /http:\/\/\S+/.exec(printed)?.[0];
        if (found !== undefined) resolve(found);
      });
      engine.once("exit", () => reject(new Error("the server ended")));
    });
    network = await startNetwork({ databaseUrl: db.url });
    ({ apiKey } = await network.builder());
    const token = await network.joinToken(await network.account());
    home = mkdtempSync(join(tmpdir(), "far-agent-"));
    const args = ["main.ts", "--network", network.url(), "--token", token, "--engine", `${address}/v1`];
    agent = start(args, { HOME: home }, { cwd: agentDir });
  }, 60_000);
  afterAll(async () => {
    await agent?.kill("SIGTERM");
    engine?.stdin?.end();
    engine?.kill();
    await network?.close();
    rmSync(home, { recursive: true, force: true });
  });

  test("its model is listed, answers and streams", async () => {
    const openai = new OpenAI({ baseURL: `${network.url()}/v1`, apiKey, maxRetries: 0 });
    let model: string | undefined;
    await expect.poll(async () => (model = (await openai.models.list()).data[0]?.id), { timeout: 30_000 }).toBeTruthy();
    const request = {
      model: model ?? "",
      max_tokens: 30,
      temperature: 0,
      messages: [{ role: "user" as const, content: "What is Far Labs?" }],
    };
    const { data, response } = await openai.chat.completions.create(request).withResponse();
    expect(data.choices[0]?.message.content).toBeTruthy();
    expect(BigInt(response.headers.get("x-far-charge") ?? "0")).toBeGreaterThan(0n);
    let text = "";
    for await (const chunk of await openai.chat.completions.create({ ...request, stream: true }))
      text += chunk.choices[0]?.delta.content ?? "";
    expect(text).toBe(data.choices[0]?.message.content);
    expect(await network.admin("/audit")).toMatchObject({ findings: [] });
  }, 60_000);
});
