import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { createScriptedEngine, modelOffer, says } from "../testing/scriptedEngine.ts";
import { examineEngine } from "./engine.ts";
import type { Finding } from "./finding.ts";
import { examineFolder, examineGpu, examineModelFile } from "./machine.ts";
import { examineNetwork } from "./network.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});
const statusOf = (findings: readonly Finding[]): Record<string, string> =>
  Object.fromEntries(findings.map((f) => [f.check, f.status]));

/** A network's public side: health, a document, the agents' socket. */
async function network(p: { aheadMs?: number; protocol?: number } = {}): Promise<string> {
  const server = createServer((request, response) => {
    response.setHeader("date", new Date(Date.now() + (p.aheadMs ?? 0)).toUTCString());
    response.end(request.url === "/openapi.json" ? "x".repeat(200_000) : "{}");
  });
  const sockets = new WebSocketServer({ server, path: "/nodelink" });
  sockets.on("connection", (socket) =>
    socket.send(
      JSON.stringify({ type: "challenge", protocol: p.protocol ?? 1, nonce: "n", network: "x", chainId: 31337 }),
    ),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    sockets.close();
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("the way to the network", () => {
  it("is measured: reachable, near, same time, same protocol", async () => {
    const findings = await examineNetwork(await network());
    expect(statusOf(findings)).toEqual({ network: "ok", clock: "ok", nodelink: "ok", bandwidth: "ok" });
  });

  it("says when the clock is far off", async () => {
    const findings = await examineNetwork(await network({ aheadMs: -600_000 }));
    expect(findings.find((f) => f.check === "clock")).toMatchObject({
      status: "fail",
      detail: expect.stringMatching(/by (599|600|601) s/),
    });
  });

  it("says which protocol the other side speaks", async () => {
    const findings = await examineNetwork(await network({ protocol: 9 }));
    expect(findings.find((f) => f.check === "nodelink")).toMatchObject({
      status: "fail",
      detail: expect.stringContaining("protocol 9"),
    });
  });

  it("stops at an address where nothing answers", async () => {
    const findings = await examineNetwork("http://127.0.0.1:9");
    expect(findings).toMatchObject([{ check: "network", status: "fail" }]);
  });

  it("refuses plain http to elsewhere", async () => {
    await expect(examineNetwork("http://api.example.org")).rejects.toThrow("TLS");
  });
});

describe("the machine", () => {
  const card = { name: "NVIDIA H200", memoryGb: 140, memoryUsedGb: 1 };

  it("is described with driver, memory and heat", async () => {
    const found = await examineGpu(
      async () => [card],
      async () => "570.1",
    );
    expect(found).toMatchObject([{ status: "ok", detail: "NVIDIA H200, 140 GB, 139 GB free, driver 570.1" }]);
    expect(
      await examineGpu(
        async () => [{ ...card, temperatureC: 92 }],
        async () => "570.1",
      ),
    ).toMatchObject([{ status: "warn" }]);
    expect(
      await examineGpu(
        async () => [],
        async () => undefined,
      ),
    ).toMatchObject([{ status: "warn", detail: expect.stringContaining("driver") }]);
  });

  it("knows a model file from another, and a folder it may write from one it may not", async () => {
    const dir = mkdtempSync(join(tmpdir(), "far-doctor-"));
    closers.push(() => rmSync(dir, { recursive: true }));
    writeFileSync(join(dir, "good.gguf"), "GGUF and more");
    writeFileSync(join(dir, "bad.gguf"), "<html>");
    expect((await examineModelFile(join(dir, "good.gguf"))).status).toBe("ok");
    expect((await examineModelFile(join(dir, "bad.gguf"))).detail).toContain("no GGUF");
    expect((await examineModelFile(join(dir, "none.gguf"))).status).toBe("fail");
    expect((await examineFolder(join(dir, "state"))).status).toBe("ok");
    expect((await examineFolder(join(dir, "good.gguf", "state"))).status).toBe("fail");
  });
});

describe("an engine", () => {
  it("is asked for an answer, as the network would ask", async () => {
    const engine = createScriptedEngine(says(["one ", "two ", "three"]));
    const findings = await examineEngine(engine);
    expect(statusOf(findings)).toEqual({ engine: "ok", answer: "ok" });
    expect(findings[1]?.detail).toMatch(/^m: first token after \d+ ms, .* tokens\/s$/);
  });

  it("that says nothing, fails or offers nothing is told apart", async () => {
    expect(await examineEngine(createScriptedEngine(says([])))).toMatchObject([
      { status: "ok" },
      { check: "answer", status: "fail" },
    ]);
    const broken = createScriptedEngine(() => Promise.reject(new Error("CUDA out of memory")));
    expect((await examineEngine(broken))[1]?.detail).toContain("CUDA out of memory");
    expect(await examineEngine(createScriptedEngine(says([]), []))).toMatchObject([
      { check: "engine", status: "fail" },
    ]);
    const embeds = createScriptedEngine(says([]), [{ ...modelOffer("e"), kinds: ["embedding"] }]);
    expect(await examineEngine(embeds)).toMatchObject([{ status: "ok" }]);
  });
});
