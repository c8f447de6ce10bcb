import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import type { Principal } from "#identity";
import { createHttpHost, type HttpHost } from "#platform/http";
import { noLog } from "#platform/log";
import { testDatabase } from "#testing";
import { factorsOf, nextScore } from "../model/score.ts";
import { createWorld, MANIFEST, type World } from "../testing/world.ts";

const db = await testDatabase();
let world: World;
let host: HttpHost;
let url: string;

beforeAll(async () => {
  world = createWorld(db.sql);
  world.join("node_a", "0xa");
  await world.trust.start();
  host = createHttpHost({ port: 0, log: noLog });
  host.app.decorateRequest("principal");
  host.app.addHook("onRequest", async (request) => {
    request.principal = { accountId: String(request.headers["x-account"] ?? "") } as Principal;
  });
  for (const area of world.trust.areas) host.app.register(async (app) => area.register(app), { prefix: area.prefix });
  ({ url } = await host.listen());
});
afterAll(async () => {
  await host.close();
  await world.trust.stop();
});

async function call(
  method: string,
  path: string,
  { account = "acc_0xa", body }: { account?: string; body?: unknown } = {},
) {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { "x-account": account, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as unknown };
}
const errorCode = (body: unknown): string => z.object({ error: z.object({ code: z.string() }) }).parse(body).error.code;

const hours = z.object({
  score: z.number(),
  next_cursor: z.string().nullable(),
  hours: z.array(
    z.object({
      score_before: z.number(),
      score_after: z.number(),
      inputs: z.object({
        online_ms: z.number(),
        excused_ms: z.number(),
        absent_ms: z.number(),
        expected_ms: z.number(),
        actual_ms: z.number(),
        checks: z.number(),
        against: z.number(),
      }),
    }),
  ),
});

it("200: anybody recomputes a score from the answer alone, page by page", async () => {
  for (let hour = 0; hour < 3; hour++) {
    world.task("node_a", { durationMs: 2_000 });
    world.pass(3_600_000);
    await world.trust.turns.observe();
  }
  world.pass(120_000);
  await world.trust.turns.lead();
  const first = hours.parse((await call("GET", "/nodes/node_a/score?limit=1", { account: "" })).body);
  expect(first.hours).toHaveLength(1);
  const rest = hours.parse((await call("GET", `/nodes/node_a/score?cursor=${first.next_cursor}`)).body);
  expect(rest.next_cursor).toBeNull();
  let score = rest.hours.at(-1)?.score_before ?? 0;
  expect(score).toBe(80);
  for (const { inputs: i, score_after } of [...first.hours, ...rest.hours].toReversed()) {
    const measures = {
      onlineMs: i.online_ms,
      excusedMs: i.excused_ms,
      absentMs: i.absent_ms,
      expectedMs: i.expected_ms,
    };
    score = nextScore(score, factorsOf({ ...measures, actualMs: i.actual_ms, checks: i.checks, against: i.against }));
    expect(score_after).toBe(score);
  }
  expect(first.score).toBe(score);
});

it("200: an owner sees tier, standing and what to do; nobody else does", async () => {
  const mine = await call("GET", "/nodes/node_a/trust");
  expect(mine.body).toMatchObject({ tier: "canary", standing: "good", can_appeal: false, cases: [] });
  const other = await call("GET", "/nodes/node_a/trust", { account: "acc_0xb" });
  expect([other.status, errorCode(other.body)]).toEqual([404, "node_not_scored"]);
});

it("200: anybody sees how models are checked", async () => {
  const { body } = await call("GET", "/network/trust", { account: "" });
  expect(body).toMatchObject({ models: [{ checked_by: "canaries, one owner only" }], freezes: [] });
});

it("400: a limit, an appeal or a calibration out of bounds", async () => {
  for (const [method, path, body] of [
    ["GET", "/nodes/node_a/score?limit=0", undefined],
    ["GET", "/nodes/node_a/score?cursor=yesterday", undefined],
    ["POST", "/nodes/node_a/appeals", { text: "  " }],
    ["POST", "/nodes/node_a/appeals", { text: "x".repeat(10_001) }],
    ["GET", "/admin/slashes?cursor=x", undefined],
  ] as const) {
    const answer = await call(method, path, { body });
    expect([path, answer.status, errorCode(answer.body)]).toEqual([path, 400, "invalid_request"]);
  }
  const key = { manifest: MANIFEST, hardware: "any", kind: "score", temperature: "cold", length: "short" };
  const few = await call("POST", "/admin/calibrations", { body: { ...key, statistics: [1, 2], margin: 0 } });
  expect([few.status, errorCode(few.body)]).toEqual([400, "calibration_invalid"]);
});

it("404 and 409: nodes and cases that are not there", async () => {
  expect(errorCode((await call("GET", "/nodes/node_x/score")).body)).toBe("node_not_scored");
  const appeal = await call("POST", "/nodes/node_a/appeals", { body: { text: "Why?" } });
  expect([appeal.status, errorCode(appeal.body)]).toEqual([409, "no_open_case"]);
  const resolve = await call("POST", "/admin/slashes/case_1/resolve", { body: { upheld: true, note: "x" } });
  expect([resolve.status, errorCode(resolve.body)]).toEqual([404, "slash_not_found"]);
  expect((await call("GET", "/admin/slashes")).body).toEqual({ data: [], next_cursor: null });
});
