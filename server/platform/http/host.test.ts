import { connect } from "node:net";
import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createHttpHost, type HttpHost, type HttpLog, parse } from "./index.ts";

const lines: { level: string; message: string; fields: Record<string, unknown> | undefined }[] = [];
const log: HttpLog = {
  debug: (message, fields) => lines.push({ level: "debug", message, fields }),
  info: (message, fields) => lines.push({ level: "info", message, fields }),
  warn: (message, fields) => lines.push({ level: "warn", message, fields }),
  error: (message, fields) => lines.push({ level: "error", message, fields }),
};
const config = { scope: "public" as const };
const body = z.object({ name: z.string(), items: z.array(z.object({ n: z.number() })).optional() });

let host: HttpHost;
let url: string;
let port: number;
let release: (() => void) | null = null;

beforeEach(async () => {
  lines.length = 0;
  host = createHttpHost({
    port: 0,
    log,
    registry: new Registry(),
    frontendUrl: "http://front.test:3000/",
    drainMs: 2_000,
  });
  host.app.post("/echo", { config }, async (request) => ({
    got: parse(body, request.body),
    raw: request.rawBody.length,
  }));
  host.app.post("/small", { config: { ...config, bodyBytesMax: 100 } }, async () => ({}));
  host.app.get("/broken", { config }, async () => {
    throw new Error("the secret is hunter2");
  });
  host.app.get("/slow", { config }, async () => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return { done: true };
  });
  host.app.get("/items/:id", { config }, async () => ({}));
  ({ url, port } = await host.listen());
});
afterEach(() => host.close());

const post = (path: string, text: string, headers: Record<string, string> = { "content-type": "application/json" }) =>
  fetch(`${url}${path}`, { method: "POST", headers, body: text });
const errorOf = async (answer: Response) => ((await answer.json()) as { error: Record<string, unknown> }).error;

describe("200", () => {
  it("carries a request id, the caller's own where it is harmless", async () => {
    const plain = await post("/echo", '{"name":"a"}');
    expect(plain.status).toBe(200);
    expect(plain.headers.get("x-request-id")).toMatch(/^req_/);
    expect(plain.headers.get("x-content-type-options")).toBe("nosniff");
    const named = await post("/echo", '{"name":"a"}', { "content-type": "application/json", "x-request-id": "abc-1" });
    expect(named.headers.get("x-request-id")).toBe("abc-1");
    const odd = await post("/echo", '{"name":"a"}', { "content-type": "application/json", "x-request-id": "a b{}" });
    expect(odd.headers.get("x-request-id")).toMatch(/^req_/);
  });

  it("answers health, ready and metrics", async () => {
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(await (await fetch(`${url}/ready`)).json()).toEqual({ ready: true });
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('far_http_request_duration_seconds_count{method="GET",route="/health",status="200"} 1');
    expect((await fetch(`${url}/metrics`, { headers: { "x-forwarded-for": "8.8.8.8" } })).status).toBe(403);
  });

  it("allows credentials to the one front end only", async () => {
    const ours = await fetch(`${url}/health`, { headers: { origin: "http://front.test:3000" } });
    expect(ours.headers.get("access-control-allow-origin")).toBe("http://front.test:3000");
    expect(ours.headers.get("access-control-allow-credentials")).toBe("true");
    const other = await fetch(`${url}/health`, { headers: { origin: "http://evil.test" } });
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
    const preflight = await fetch(`${url}/echo`, { method: "OPTIONS", headers: { origin: "http://front.test:3000" } });
    expect(preflight.status).toBe(204);
    expect((await fetch(`${url}/echo`, { method: "OPTIONS", headers: { origin: "http://evil.test" } })).status).toBe(
      405,
    );
  });
});

describe("400", () => {
  it("names the field", async () => {
    const answer = await post("/echo", '{"name":"a","items":[{"n":1},{"n":"x"}]}');
    expect(answer.status).toBe(400);
    const error = await errorOf(answer);
    expect(error).toMatchObject({ code: "invalid_request", type: "invalid_request_error", param: "items[1].n" });
    expect(error.request_id).toBe(answer.headers.get("x-request-id"));
    expect(error.doc_url).toBe(`${url}/docs/errors/invalid_request`);
    expect((await errorOf(await post("/echo", "{}"))).message).toBe("name: is required.");
    expect((await errorOf(await post("/echo", ""))).message).toBe("A JSON body is required.");
  });

  it("refuses what is not JSON, nests too deep or names __proto__", async () => {
    expect((await errorOf(await post("/echo", "{oops"))).code).toBe("invalid_json");
    const deep = await post("/echo", `${"[".repeat(50_000)}${"]".repeat(50_000)}`);
    expect((await errorOf(deep)).code).toBe("invalid_request");
    const proto = await post("/echo", '{"name":"a","x":{"\\u005f_proto__":{"admin":true}}}');
    expect(await errorOf(proto)).toMatchObject({ code: "invalid_request", param: "__proto__" });
  });

  it("answers bytes that are not HTTP", async () => {
    const text = await new Promise<string>((resolve) => {
      let got = "";
      const socket = connect(port, "127.0.0.1", () => socket.write("HELLO\r\n\r\n"));
      socket.on("data", (chunk) => {
        got += chunk;
      });
      socket.on("close", () => resolve(got));
    });
    expect(text).toContain("HTTP/1.1 400");
    expect(text).toContain('"code":"invalid_request"');
  });
});

it("404 for an unknown path", async () => {
  expect(await errorOf(await fetch(`${url}/nope`))).toMatchObject({ code: "not_found" });
});

it("405 names the methods", async () => {
  const answer = await fetch(`${url}/items/7`, { method: "POST" });
  expect(answer.status).toBe(405);
  expect(answer.headers.get("allow")).toBe("GET");
});

it("413 by the host's bound and by the route's own", async () => {
  expect((await errorOf(await post("/echo", `{"name":"${"a".repeat(1_048_576)}"}`))).code).toBe("body_too_large");
  expect((await post("/small", `{"name":"${"a".repeat(200)}"}`)).status).toBe(413);
});

it("415 for a form", async () => {
  const answer = await post("/echo", "name=a", { "content-type": "application/x-www-form-urlencoded" });
  expect(answer.status).toBe(415);
});

it("431 for endless headers", async () => {
  const answer = await fetch(`${url}/health`, { headers: { "x-long": "a".repeat(20_000) } });
  expect(answer.status).toBe(431);
});

it("500 tells the log, not the caller", async () => {
  const answer = await fetch(`${url}/broken`);
  expect(answer.status).toBe(500);
  const text = await answer.text();
  expect(text).toContain("internal_error");
  expect(text).not.toContain("hunter2");
  expect(JSON.stringify(lines)).toContain("hunter2");
});

it("a client that leaves in the middle of its body is no failure of ours", async () => {
  await new Promise<void>((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{");
      setImmediate(() => socket.destroy());
    });
    socket.on("close", () => resolve());
  });
  // Answered after it, so what the lost one had to log is logged.
  await fetch(`${url}/health`);
  await host.close();
  expect(lines.filter((line) => line.level === "error" || line.level === "warn")).toEqual([]);
});

describe("close", () => {
  it("answers what runs, says not ready, and accepts no more", async () => {
    const running = fetch(`${url}/slow`);
    while (release === null) await new Promise((resolve) => setImmediate(resolve));
    const closed = host.close();
    (release as () => void)();
    expect(await (await running).json()).toEqual({ done: true });
    await closed;
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });
});
