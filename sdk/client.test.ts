import { expect, it } from "vitest";
import { createClient, isFarApiError } from "./index.ts";
import { startTestServer, wireErrorBody } from "./testing/testServer.ts";

const quick = { retry: { baseMs: 1, capMs: 2 } };
const messages = [{ role: "user" as const, content: "hi" }];
const failure = (call: Promise<unknown>) =>
  call.then(
    () => expect.unreachable("the call should fail"),
    (e: unknown) => (isFarApiError(e) ? e : expect.unreachable(String(e))),
  );

it("sends the key, a body and an idempotency key, and reads the answer with its charge", async () => {
  await using server = await startTestServer(({ response }) => {
    response.setHeader("x-far-task-id", "task_9").setHeader("x-far-quote", "500").setHeader("x-far-charge", "42");
    return { choices: [{ message: { content: "hello" } }] };
  });
  const client = createClient({ baseUrl: `${server.url}/v1/`, apiKey: "far_test_x" });
  const answer = await client.chat.completions.create({ model: "m", messages });
  expect(answer.choices[0]?.message.content).toBe("hello");
  expect(answer.far).toMatchObject({ taskId: "task_9", asset: "FAR", quote: 500n, charge: 42n });
  const [seen] = server.seen;
  expect(seen).toMatchObject({ method: "POST", path: "/v1/chat/completions", body: { model: "m", messages } });
  expect(seen?.headers).toMatchObject({ authorization: "Bearer far_test_x", "idempotency-key": expect.any(String) });
});

it("gives the server's error whole", async () => {
  await using server = await startTestServer(({ response }) => {
    response.statusCode = 402;
    return wireErrorBody("insufficient_funds", { param: "max_tokens" });
  });
  const error = await failure(createClient({ baseUrl: server.url }).models.list());
  expect(error).toMatchObject({
    ...{ code: "insufficient_funds", status: 402, param: "max_tokens", requestId: "req_1" },
    ...{ docUrl: "https://d", message: "It is insufficient_funds." },
  });
  expect(server.seen).toHaveLength(1);
});

it.each([429, 503])("repeats a %i with one idempotency key, then succeeds", async (status) => {
  await using server = await startTestServer(({ count, response }) => {
    if (count === 3) return { data: [], ok: true };
    response.statusCode = status;
    return wireErrorBody("later");
  });
  await createClient({ baseUrl: server.url, ...quick }).chat.completions.create({ model: "m", messages });
  expect(server.seen).toHaveLength(3);
  expect(new Set(server.seen.map((s) => s.headers["idempotency-key"])).size).toBe(1);
});

it("gives up after the retries, and at once when Retry-After is longer than it will wait", async () => {
  await using server = await startTestServer(({ seen, response }) => {
    response.statusCode = 429;
    if (seen.path.endsWith("/long")) response.setHeader("retry-after", "3600");
    return wireErrorBody("rate_limited");
  });
  const client = createClient({ baseUrl: server.url, ...quick });
  await failure(client.models.get("short"));
  expect(server.seen).toHaveLength(3);
  expect((await failure(client.models.get("long"))).retryAfterS).toBe(3600);
  expect(server.seen).toHaveLength(4);
});

it("repeats a call whose connection broke, but not one that works only once", async () => {
  await using server = await startTestServer(({ response }) => {
    response.destroy();
  });
  const client = createClient({ baseUrl: server.url, ...quick });
  expect((await failure(client.tasks.cancel("t"))).code).toBe("connection_failed");
  expect(server.seen).toHaveLength(3);
  expect((await failure(client.auth.refresh("r"))).code).toBe("connection_failed");
  expect(server.seen).toHaveLength(4);
});

it("says what went wrong on this side: no server, no time, a page instead of JSON, an abort", async () => {
  await using server = await startTestServer(({ seen, response }) => {
    if (seen.path.endsWith("/page")) response.end("<html>");
    if (seen.path.endsWith("/error-in-200")) return wireErrorBody("hidden");
    return undefined;
  });
  const client = createClient({ baseUrl: server.url, ...quick });
  const hasty = createClient({ baseUrl: server.url, ...quick, timeoutMs: 50 });
  const gone = createClient({ baseUrl: "http://127.0.0.1:9", ...quick });
  expect((await failure(gone.models.list())).code).toBe("connection_failed");
  expect((await failure(client.models.get("page"))).code).toBe("bad_answer");
  expect((await failure(client.models.get("error-in-200"))).code).toBe("hidden");
  expect((await failure(hasty.models.get("silent"))).code).toBe("timed_out");
  expect((await failure(client.models.list({ signal: AbortSignal.abort() }))).code).toBe("aborted");
  const controller = new AbortController();
  const call = failure(createClient({ baseUrl: server.url }).models.get("silent", { signal: controller.signal }));
  controller.abort();
  expect((await call).code).toBe("aborted");
});

it("takes plain http: to this machine only", () => {
  for (const baseUrl of ["http://127.0.0.1:1", "http://localhost:1/v1", "http://[::1]:1", "https://far.example"]) {
    expect(createClient({ baseUrl }).baseUrl).not.toMatch(/v1|\/$/);
  }
  const codeOf = (baseUrl: string) => {
    try {
      createClient({ baseUrl });
      return "accepted";
    } catch (e) {
      return isFarApiError(e) ? e.code : String(e);
    }
  };
  for (const url of [
    "http://far.example",
    "http://10.0.0.1",
    "http://127.0.0.1.evil.test",
    "http://localhost.evil.test",
  ]) {
    expect(codeOf(url)).toBe("insecure_url");
  }
  expect(codeOf("ftp://127.0.0.1")).toBe("invalid_url");
  expect(codeOf("https://me:secret@far.example")).toBe("invalid_url");
});

it("signs in with a wallet, and refuses to sign for another site", async () => {
  await using server = await startTestServer(({ seen }) =>
    seen.path.endsWith("nonce")
      ? {
          nonce: "abcdefgh12345678",
          domain: (seen.body as { address: string }).address.length > 3 ? "localhost:3000" : "evil.test",
          uri: "http://localhost:3000",
          chain_id: 31337,
        }
      : { access_token: "t", expires_in: 900, account_id: "a", wallet: null },
  );
  const { auth } = createClient({ baseUrl: server.url });
  const sign = async (text: string) => `0x${Buffer.from(text).toString("hex")}`;
  const address = "0x52908400098527886E0F7030069857D2E4169EE7";
  expect((await auth.signIn({ address, sign })).access_token).toBe("t");
  const { message } = (server.seen[1]?.body ?? {}) as { message: string };
  expect(message.split("\n").slice(0, 2)).toEqual([
    "localhost:3000 wants you to sign in with your Ethereum account:",
    address,
  ]);
  expect((await failure(auth.signIn({ address: "0x", sign }))).code).toBe("foreign_domain");
  expect((await auth.signIn({ address: "0x", sign, domain: "evil.test" })).access_token).toBe("t");
});
