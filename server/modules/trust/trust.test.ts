import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { testDatabase } from "#testing";
import type { CalibrationKey } from "./model/calibration.ts";
import { lotOf } from "./model/sample.ts";
import { factorsOf, nextScore } from "./model/score.ts";
import { appeal, resolveAppeal } from "./operations/appeals.ts";
import { publicTrust } from "./operations/publicView.ts";
import { casesWhere, scoreHistory, trustOf } from "./operations/reads.ts";
import { createWorld, FAR, HONEST, MANIFEST, MODEL, strange, type World } from "./testing/world.ts";

const db = await testDatabase();
const HOUR = 3_600_000;
const TABLES =
  "nodes, measures, scores, seeds, checks, evidence, canaries, canary_answers, budgets, calibrations, freezes, bytes_per_token, checkers, cases, strays";
let world: World;

beforeEach(async () => {
  await db.owner.unsafe(
    `truncate ${TABLES.split(", ")
      .map((t) => `trust.${t}`)
      .join(", ")}`,
  );
  world = createWorld(db.sql);
});
afterEach(() => world.trust.stop());

const context = () => world.context;

/** Honest runs: hardly a word off the first place. */
async function calibrated(): Promise<void> {
  const statistics = Array.from({ length: 400 }, (_, i) => i / 2_000);
  for (const kind of ["score", "end", "canary"] as const) {
    const key: CalibrationKey = { manifest: MANIFEST, hardware: "any", kind, temperature: "cold", length: "medium" };
    await world.trust.calibrate(key, { statistics, margin: 0 });
    await world.trust.calibrate({ ...key, length: "short" }, { statistics, margin: 0 });
  }
}
async function begin(): Promise<void> {
  await world.trust.start();
  await calibrated();
}
/** Everything that is due, until nothing is. */
async function settle(): Promise<void> {
  await world.trust.turns.observe();
  while ((await world.trust.turns.checks()) > 0);
  await world.trust.turns.lead();
}
async function work(nodeId: string, tasks: number, changes?: Parameters<World["task"]>[1]): Promise<void> {
  for (let i = 0; i < tasks; i++) world.task(nodeId, changes);
  world.pass(1_000);
  await settle();
}
const standing = async (nodeId: string): Promise<string | undefined> =>
  (await db.sql<{ standing: string }[]>`select standing from trust.nodes where node_id = ${nodeId}`)[0]?.standing;
const onChain = ({ name, ...args }: { name: string; id: bigint } & Record<string, unknown>): Promise<unknown> =>
  db.sql.begin((tx) => world.trust.applyRegistry(tx, { name, args }));
/** In an hour, in seconds. */
const later = (): bigint => BigInt((world.now() + HOUR) / 1_000);

describe("the hourly score", () => {
  it("can be recomputed from what is published, hour by hour", async () => {
    world.join("node_a", "0xa");
    await begin();
    for (let minute = 0; minute < 150; minute++) {
      world.pass(60_000);
      if (minute === 70) world.nodes.clear();
      if (minute === 90) world.join("node_a", "0xa");
      if (minute % 10 === 0 && world.nodes.size > 0) world.task("node_a", { durationMs: 2_000 });
      await world.trust.turns.observe();
    }
    await world.trust.turns.lead();
    const history = await scoreHistory({ sql: db.sql }, "node_a", { before: null, limit: 10 });
    expect(history.hours).toHaveLength(2);
    expect(history.score).toBe(history.hours[0]?.score_after);
    expect(world.scoresTold.get("node_a")).toBe(history.score);
    let score = 80;
    for (const hour of history.hours.toReversed()) {
      const i = hour.inputs;
      const factors = factorsOf({
        ...{ onlineMs: i.online_ms, excusedMs: i.excused_ms, absentMs: i.absent_ms, expectedMs: i.expected_ms },
        ...{ actualMs: i.actual_ms, checks: i.checks, against: i.against },
      });
      expect(hour.factors).toEqual(factors);
      score = nextScore(score, factors);
      expect(hour.score_after).toBe(score);
    }
    expect(history.hours[0]?.factors.uptime).toBeCloseTo(40 / 60, 1);
    expect(history.hours[0]?.factors.speed).toBeLessThan(0.5);
  });

  it("is made once for each hour, and hours that were missed are made up for, the oldest first", async () => {
    world.join("node_a", "0xa");
    await begin();
    for (let hour = 0; hour < 5; hour++) {
      world.pass(HOUR);
      await world.trust.turns.observe();
    }
    world.pass(120_000);
    expect(await Promise.all([world.trust.turns.lead(), world.trust.turns.lead()])).toContain(true);
    await world.trust.turns.lead();
    const { hours } = await scoreHistory({ sql: db.sql }, "node_a", { before: null, limit: 10 });
    expect(hours.map((h) => h.score_after)).toEqual(hours.map((h) => h.score_after).toSorted((a, b) => b - a));
    expect(new Set(hours.map((h) => h.hour)).size).toBe(hours.length);
    expect(hours.length).toBeGreaterThanOrEqual(4);
  });

  it("does not count against a node that drained before it left", async () => {
    const node = world.join("node_a", "0xa");
    await begin();
    node.draining = true;
    world.pass(120_000);
    await world.trust.turns.observe();
    world.nodes.clear();
    for (let i = 0; i < 10; i++) {
      world.pass(360_000);
      await world.trust.turns.observe();
    }
    world.pass(120_000);
    await world.trust.turns.lead();
    const { hours, score } = await scoreHistory({ sql: db.sql }, "node_a", { before: null, limit: 10 });
    expect(hours[0]).toMatchObject({ factors: { uptime: null }, inputs: { absent_ms: 0 } });
    expect(score).toBe(80);
  });
});

describe("checks", () => {
  it("score a new node's every answer on another owner's node, and keep the answer sealed for seven days", async () => {
    world.join("node_a", "0xa");
    world.join("node_b", "0xb");
    await begin();
    const taskId = world.task("node_a");
    await world.trust.turns.observe();
    const [sealed] = await db.sql<{ sealed: Buffer }[]>`select sealed from trust.evidence`;
    expect(sealed?.sealed.toString()).toContain("acc_user:");
    await settle();
    const scored = world.submitted.filter((s) => s.kind === "score");
    expect(scored.map((s) => s.nodeId)).toContain("node_b");
    expect(scored.map((s) => s.nodeId)).not.toContain("node_a");
    expect(scored[0]?.engine.completion).toMatchObject({ text: HONEST, ended: true });
    const [check] = await db.sql`select task_id, status, checker_owner, against from trust.checks where kind = 'score'`;
    expect(check).toEqual({ task_id: taskId, status: "done", checker_owner: "0xb", against: false });
    const named = async () => (await trustOf(context(), "acc_0xa", "node_a")).checks.recent.map((c) => c.task_id);
    expect(await named()).toEqual([]);
    world.pass(HOUR);
    expect(await named()).toEqual([null]);
    world.pass(15 * HOUR);
    expect(await named()).toEqual([taskId]);
    world.pass(7 * 24 * HOUR);
    await world.trust.turns.lead();
    expect(await db.sql`select from trust.evidence`).toHaveLength(0);
  });

  it("leave alone what an account does not allow, and what no other owner can score", async () => {
    world.join("node_a", "0xa");
    world.join("node_a2", "0xa");
    world.join("node_b", "0xb", { scores: false });
    await begin();
    await work("node_a", 3);
    world.join("node_c", "0xc");
    await work("node_a", 3, { auditable: false });
    expect(await db.sql`select from trust.checks where kind = 'score'`).toHaveLength(0);
    expect(await db.sql`select from trust.evidence`).toHaveLength(0);
  });

  it("decide nothing without a calibration", async () => {
    world.join("node_a", "0xa");
    world.join("node_b", "0xb", { score: ({ text }) => strange(text) });
    await world.trust.start();
    await work("node_a", 30);
    expect(await standing("node_a")).toBe("good");
    const rows = await db.sql<{ reason: string }[]>`select distinct reason from trust.checks where kind = 'score'`;
    expect(rows).toEqual([{ reason: "not_calibrated" }]);
  });

  it("are drawn so that anyone can check it once the day's seed is told", async () => {
    world.join("node_a", "0xa");
    world.join("node_b", "0xb");
    await begin();
    for (let round = 0; round < 12; round++) await work("node_a", 25);
    const before = await publicTrust(context());
    expect(before.seeds[0]).toMatchObject({ period: "2026-11-21", seed: null });
    world.pass(26 * HOUR);
    const after = await publicTrust(context());
    const told = after.seeds.find((s) => s.period === "2026-11-21");
    expect(told?.commitment).toBe(before.seeds[0]?.commitment);
    const seed = Buffer.from(told?.seed ?? "", "hex");
    const checks = await db.sql<{ task_id: string; rate: number }[]>`
      select task_id, rate from trust.checks where kind = 'score' order by created_at`;
    expect(checks.length).toBeLessThan(300);
    expect(checks.at(-1)?.rate).toBeLessThan(1);
    for (const { task_id, rate } of checks) expect(lotOf(seed, task_id, "node_a")).toBeLessThan(rate);
  });

  it("go on after a crash: what was at a checker is taken up again", async () => {
    world.join("node_a", "0xa");
    world.join("node_b", "0xb");
    await begin();
    world.task("node_a");
    await world.trust.turns.observe();
    await db.sql`update trust.checks set status = 'running', not_before = ${new Date(world.now() + 600_000)}`;
    expect(await world.trust.turns.checks()).toBe(0);
    world.pass(600_001);
    expect(await world.trust.turns.checks()).toBe(1);
  });

  it("wait for the next hour's budget rather than be left out; meanwhile the owner's nodes get no user tasks", async () => {
    world.join("node_a", "0xa");
    world.join("node_b", "0xb");
    await begin();
    world.costWei = 2n * FAR;
    await work("node_a", 1);
    await work("node_a", 1);
    expect(world.suspended.get("node_a")).toEqual({ reason: "audit_budget_spent", until: Date.UTC(2026, 10, 21, 11) });
    expect(await db.sql`select from trust.checks where status = 'pending'`).toHaveLength(1);
    world.pass(HOUR);
    await settle();
    expect(await db.sql`select from trust.checks where status = 'done' and kind = 'score'`).toHaveLength(2);
  });

  it("do not believe a checker that calls everything ordinary", async () => {
    world.join("node_a", "0xa", { answer: (r) => (r.messages?.[0]?.content === "hello" ? HONEST : `${HONEST} more`) });
    world.join("node_b", "0xb");
    await begin();
    await db.sql`update trust.nodes set earned_user = 10`;
    await world.trust.turns.observe();
    for (let i = 0; i < 20; i++) await world.trust.turns.canaries(600_000);
    for (let round = 0; round < 30; round++) await work("node_a", 20);
    const [record] = await db.sql<{ recent: boolean[] }[]>`select recent from trust.checkers where node_id = 'node_b'`;
    expect(record?.recent).toContain(false);
    expect(await db.sql`select from trust.checks where status = 'pending' and kind = 'score'`).not.toHaveLength(0);
  });
});

describe("a trusted node", () => {
  const audited = (nodeId: string) => world.nodes.get(nodeId)?.isAudited;

  it("needs a record of checks where two owners serve a calibrated model, whatever manifest it names", async () => {
    for (const name of ["a", "b"]) world.join(`node_${name}`, `0x${name}`, honestChecker);
    await begin();
    await work("node_a", 19);
    expect([audited("node_a"), audited("node_b")]).toEqual([false, false]);
    await work("node_a", 1);
    await settle();
    expect([audited("node_a"), audited("node_b")]).toEqual([true, false]);

    const odd = world.join("node_odd", "0xodd");
    for (const { offer } of odd.offers.values()) offer.manifestHash = `0x${"cd".repeat(32)}`;
    await settle();
    expect(audited("node_odd")).toBe(false);
    await db.sql`update trust.nodes set standing = 'watched' where node_id = 'node_a'`;
    await settle();
    expect(audited("node_a")).toBe(false);
  });

  it("needs none where nobody can check it: one owner alone, or no calibration", async () => {
    world.join("node_a", "0xa");
    world.join("node_a2", "0xa");
    await begin();
    await settle();
    expect([audited("node_a"), audited("node_a2")]).toEqual([true, true]);
    world.join("node_b", "0xb");
    await settle();
    expect([audited("node_a"), audited("node_b")]).toEqual([false, false]);
    await db.sql`update trust.calibrations set stale = true`;
    await settle();
    expect([audited("node_a"), audited("node_b")]).toEqual([true, true]);
  });
});

describe("the budget", () => {
  const spent = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      (
        await db.sql<{ owner_wallet: string; spent: string }[]>`
          select owner_wallet, sum(spent)::text as spent from trust.budgets group by owner_wallet`
      ).map((row) => [row.owner_wallet, row.spent]),
    );
  const setAside = () => db.sql`select from trust.budgets where set_aside <> 0`;
  const done = async (): Promise<number> =>
    (await db.sql`select from trust.checks where status = 'done' and kind = 'score'`).length;

  it("counts everything that the treasury pays for, answers to checkers' own tests and canaries included", async () => {
    world.random = () => 0;
    for (const name of ["a", "b", "c"]) world.join(`node_${name}`, `0x${name}`);
    await begin();
    await db.sql`update trust.nodes set earned_user = ${String(FAR)}`;
    await world.trust.turns.observe();
    world.costWei = 1_000n;
    world.slackWei = 500n;
    for (let i = 0; i < 4; i++) await world.trust.turns.canaries(600_000);
    await work("node_a", 3);
    const seeded = world.submitted.filter((s) => s.kind === "score").length - (await done());
    expect([await done(), seeded > 0]).toEqual([3, true]);
    const { network, ...owners } = await spent();
    expect(network).toBe(String(1_000 * world.submitted.length));
    expect(Object.values(owners).reduce((sum, wei) => sum + Number(wei), 0)).toBe(Number(network));
    expect(await setAside()).toHaveLength(0);
  });

  it("is never passed by checks that run at once, and what they did not need is there for others", async () => {
    for (const name of ["a", "b"]) world.join(`node_${name}`, `0x${name}`);
    await begin();
    world.costWei = FAR / 10n;
    world.slackWei = (3n * FAR) / 10n;
    for (let i = 0; i < 8; i++) world.task("node_a");
    await world.trust.turns.observe();
    let open = (): void => undefined;
    world.gate = new Promise((resolve) => {
      open = resolve;
    });
    const turn = world.trust.turns.checks();
    await vi.waitUntil(async () => (await db.sql`select from trust.checks where status = 'pending'`).length === 6);
    expect([world.submitted.length, world.suspended.size]).toEqual([2, 0]);
    open();
    await turn;
    for (let i = 0; i < 8; i++) {
      world.pass(31_000);
      await settle();
    }
    expect((await spent())["0xa"]).toBe(String((7n * FAR) / 10n));
    expect(world.suspended.get("node_a")?.reason).toBe("audit_budget_spent");
    expect(await setAside()).toHaveLength(0);
  });

  it("has a bound for all owners together; nobody is held for what others spent of it", async () => {
    await world.trust.stop();
    world = createWorld(db.sql, { TRUST_BUDGET_ALL_FAR: "2" });
    const names = ["a", "b", "c", "d"];
    for (const name of names) world.join(`node_${name}`, `0x${name}`);
    await begin();
    world.costWei = FAR;
    for (const name of names) await work(`node_${name}`, 1);
    expect([await done(), world.suspended.size]).toEqual([2, 0]);
    world.pass(HOUR);
    await settle();
    expect(await done()).toBe(4);
  });

  it("never pays a node more for canaries than it earned from users, however many run and whatever each could cost", async () => {
    for (const name of ["a", "b"]) world.join(`node_${name}`, `0x${name}`);
    await begin();
    await db.sql`update trust.nodes set earned_user = 10`;
    await world.trust.turns.observe();
    world.costWei = 3n;
    world.slackWei = 2n;
    for (let i = 0; i < 20; i++) await world.trust.turns.canaries(600_000);
    const rows = await db.sql<{ canaries_cost: string }[]>`select canaries_cost::text from trust.nodes`;
    expect(rows.map((row) => row.canaries_cost)).toEqual(["6", "6"]);
    expect(world.submitted).toHaveLength(4);
  });
});

describe("a checker that errs", () => {
  it("is asked nothing, so is paid nothing, for seven days; then one more error is enough", async () => {
    for (const name of ["a", "b"]) world.join(`node_${name}`, `0x${name}`, honestChecker);
    await begin();
    await db.sql`
      insert into trust.checkers (node_id, recent, updated_at) values ('node_b', '[false,false,false]', ${new Date(world.now())})`;
    world.random = () => 0;
    await work("node_a", 2);
    expect(world.submitted).toEqual([]);
    world.pass(7 * 24 * HOUR);
    await work("node_a", 1);
    expect(world.submitted.map((s) => [s.nodeId, s.kind])).toEqual([["node_b", "score"]]);
  });
});

describe("claims of counts", () => {
  it("are believed within the bytes per token of other owners' canaries, up to the edge beyond, and not at all without", async () => {
    world.join("node_a", "0xa");
    await begin();
    const of = { model: MODEL, owner: "0xa", claim: 1_000, bytes: 400 };
    expect(world.trust.believable(of)).toBeNull();
    for (let i = 0; i < 30; i++)
      await db.sql`insert into trust.bytes_per_token (model, owner_wallet, ratio, at) values (${MODEL}, '0xb', 4, ${new Date(world.now())})`;
    await world.trust.turns.observe();
    expect(world.trust.believable(of)).toBe(125);
    expect(world.trust.believable({ ...of, claim: 100 })).toBe(100);
    expect(world.trust.believable({ ...of, claim: 1 })).toBe(80);
    expect(world.trust.believable({ ...of, owner: "0xb" })).toBeNull();
  });
});

describe("conduct", () => {
  it("finds inflated claims and impossible times; it brings scrutiny and a lower score, never a suspension", async () => {
    world.join("node_a", "0xa");
    world.join("node_b", "0xb");
    await begin();
    await work("node_a", 10, { claimed: 400 });
    expect(await standing("node_a")).toBe("watched");
    await work("node_b", 10, { durationMs: 20 });
    expect(await standing("node_b")).toBe("watched");
    await work("node_a", 200, { claimed: 400 });
    expect(await standing("node_a")).toBe("watched");
    const reasons = await db.sql<{ reason: string }[]>`
      select distinct reason from trust.checks where kind = 'conduct' order by reason`;
    expect(reasons.map((r) => r.reason)).toEqual(["claimed_count", "impossible_time"]);
  });

  it("counts each task of which a node signed something else than it sent once, however often it is told", async () => {
    world.join("node_a", "0xa");
    world.join("node_b", "0xb");
    await begin();
    await work("node_b", 10);
    const said = (task_id: string, node_id = "node_a") => ({ payload: { node_id, task_id, model: MODEL, attempt: 1 } });
    const hear = (...events: ReturnType<typeof said>[]) =>
      db.sql.begin((tx) => world.trust.statementsDiffer(tx, events));
    await hear(said("t1"), said("t1"));
    for (let i = 0; i < 10; i++) await hear(said("t1"));
    expect(await standing("node_a")).toBe("good");
    await hear(said("t2"), said("t1"), said("t3", "node_gone"), said("t3"));
    await hear(said("t4"));
    world.nodes.delete("node_a");
    await hear(said("t5"));
    expect(await standing("node_a")).toBe("watched");
    expect(await standing("node_b")).toBe("good");
    const rows = await db.sql`select task_id from trust.checks where reason = 'statement_differs' order by task_id`;
    expect(rows.map((r) => r.task_id)).toEqual(["t1", "t2", "t3", "t4", "t5"]);
    const [hour] = await db.sql`select against from trust.measures where node_id = 'node_a' and against > 0`;
    expect(hour?.against).toBeGreaterThan(0);
  });
});

describe("canaries", () => {
  it("are ordinary requests, sent only to nodes that earned more from users, never twice to a node of many owners", async () => {
    world.join("node_a", "0xa");
    world.join("node_b", "0xb");
    await begin();
    expect(await world.trust.turns.canaries(6_000_000)).toBe(0);
    await db.sql.begin((tx) =>
      world.trust.taskFinished(tx, [
        {
          payload: {
            account_id: "acc_user",
            nodes: [
              { node_id: "node_a", amount: "5" },
              { node_id: "node_b", amount: "5" },
            ],
          },
        },
      ]),
    );
    await world.trust.turns.observe();
    for (let i = 0; i < 30; i++) await world.trust.turns.canaries(600_000);
    const asked = world.submitted.filter((s) => s.kind === "chat");
    expect(asked.length).toBeGreaterThan(20);
    for (const { engine } of asked) {
      // Those of a user's request in their order: the frame's text must not tell.
      expect(Object.keys(engine)).toEqual(["model", "messages", "temperature", "max_tokens"]);
      expect(JSON.stringify(engine)).not.toMatch(/canary|audit|trust/i);
    }
    expect(await db.sql`select from trust.canary_answers group by canary_id, node_id having count(*) > 1`).toEqual([]);
    const done = await db.sql<
      { against: boolean }[]
    >`select against from trust.checks where kind = 'canary' and status = 'done'`;
    expect(done.length).toBeGreaterThan(5);
    expect(done.every((c) => c.against === false)).toBe(true);
    await db.sql`update trust.nodes set canaries_cost = 5 where node_id = 'node_a'`;
    await world.trust.turns.observe();
    const before = world.submitted.length;
    for (let i = 0; i < 10; i++) await world.trust.turns.canaries(600_000);
    expect(world.submitted.slice(before).every((s) => s.nodeId === "node_b")).toBe(true);
  });

  it("with one owner only compare a node with itself later, and say so", async () => {
    world.join("node_a", "0xa");
    await begin();
    await db.sql`update trust.nodes set earned_user = 10`;
    await world.trust.turns.observe();
    for (let i = 0; i < 5; i++) await world.trust.turns.canaries(600_000);
    expect(await db.sql`select from trust.checks`).toHaveLength(0);
    world.pass(2 * HOUR);
    for (let i = 0; i < 5; i++) await world.trust.turns.canaries(600_000);
    const rows =
      await db.sql`select distinct checker_owner from trust.checks where kind = 'canary' and status = 'done'`;
    expect(rows).toEqual([{ checker_owner: null }]);
    expect((await publicTrust(context())).models).toEqual([
      { id: MODEL, owners: 1, checked_by: "canaries, one owner only" },
    ]);
    expect((await trustOf(context(), "acc_0xa", "node_a")).tier).toBe("canary");
  });
});

/** The node answers another text than the model would; its checkers see it. */
const cheats = { answer: () => HONEST.replaceAll("word", "noise") };
const honestChecker = {
  score: ({ text }: { text: string }) =>
    text.includes("noise") ? strange(text) : strange(text).map(() => [-0.05, 1] as const),
};
async function caught(): Promise<void> {
  world.join("node_x", "0xbad", { ...cheats, ...honestChecker });
  for (const name of ["a", "b", "c", "d"]) world.join(`node_${name}`, `0x${name}`, honestChecker);
  await begin();
  for (let round = 0; round < 6 && (await standing("node_x")) !== "proposed"; round++) {
    for (const name of ["a", "b", "c", "d"]) for (let i = 0; i < 6; i++) world.task(`node_${name}`);
    await work("node_x", 8);
  }
}

it("shows an owner nothing of a canary before its day is over, and never its task or its hour", async () => {
  world.join("node_a", "0xa");
  world.join("node_b", "0xb");
  await begin();
  await db.sql`update trust.nodes set earned_user = ${String(FAR)}`;
  await world.trust.turns.observe();
  const seen = async () => [await trustOf(context(), "acc_0xa", "node_a"), await publicTrust(context())];
  const before = await seen();
  for (let i = 0; i < 6; i++) {
    world.pass(1_000);
    await world.trust.turns.canaries(6_000_000);
  }
  const canaries = await db.sql<{ id: string; task_id: string; created_at: Date }[]>`
    select id, task_id, created_at from trust.checks where kind = 'canary' and status = 'done' and node_id = 'node_a'`;
  expect(canaries.length).toBeGreaterThan(2);
  expect(await seen()).toEqual(before);
  world.pass(15 * HOUR);
  const { checks } = await trustOf(context(), "acc_0xa", "node_a");
  expect(checks.recent).toHaveLength(canaries.length);
  const text = JSON.stringify(checks);
  for (const { id, task_id, created_at } of canaries)
    for (const told of [id, task_id, created_at.toISOString()]) expect(text).not.toContain(told);
});

describe("a node that cheats", () => {
  it("is suspended, audited again by other owners, and proposed to be slashed by a tenth of its stake", async () => {
    await caught();
    expect(await standing("node_x")).toBe("proposed");
    expect(world.suspended.get("node_x")).toEqual({ reason: "answers_mismatch", until: null });
    await world.trust.turns.lead();
    expect(world.chain.proposed).toHaveLength(1);
    expect(world.chain.proposed[0]).toMatchObject({ nodeId: "node_x", amountWei: 100n * FAR });
    const repeated = await db.sql<{ checker_owner: string }[]>`
      select distinct checker_owner from trust.checks where kind = 'reaudit' and status = 'done'`;
    const [chosen] = await db.sql<{ reauditors: string[] }[]>`select reauditors from trust.cases`;
    // Three of the four other owners: who had accused most is not among them. Two of the three were enough.
    expect(chosen?.reauditors).toHaveLength(3);
    expect(repeated.length).toBeGreaterThanOrEqual(2);
    for (const { checker_owner } of repeated) expect(chosen?.reauditors).toContain(checker_owner);
    const [seen] = await casesWhere(context(), { before: null, limit: 5 });
    expect(seen).toMatchObject({ status: "proposed", evidence_hash: world.chain.proposed[0]?.evidence });
    for (const name of ["a", "b", "c", "d"]) expect(await standing(`node_${name}`)).toBe("good");
  });

  it("is slashed after the delay; what was slashed is shown, and it starts again watched", async () => {
    await caught();
    const evidence = world.chain.proposed[0]?.evidence ?? "";
    await onChain({
      name: "SlashProposed",
      id: 7n,
      evidence,
      amount: 100n * FAR,
      executableAt: later(),
    });
    await world.trust.turns.lead();
    expect(world.chain.executed).toEqual([]);
    world.pass(HOUR);
    await world.trust.turns.lead();
    expect(world.chain.executed).toEqual([7n]);
    await onChain({ name: "Slashed", id: 7n, amount: 60n * FAR });
    await onChain({ name: "Slashed", id: 7n, amount: 60n * FAR });
    await world.trust.turns.lead();
    expect(await standing("node_x")).toBe("watched");
    expect(world.suspended.has("node_x")).toBe(false);
    const [seen] = await casesWhere(context(), { before: null, limit: 5 });
    expect(seen).toMatchObject({ status: "closed", outcome: "executed", slashed: (60n * FAR).toString() });
  });

  it("can appeal once: the proposal is taken back; rejected, it is proposed again", async () => {
    await caught();
    const evidence = world.chain.proposed[0]?.evidence ?? "";
    await onChain({
      name: "SlashProposed",
      id: 7n,
      evidence,
      amount: 100n * FAR,
      executableAt: later(),
    });
    await expect(appeal(context(), { accountId: "acc_other", nodeId: "node_x", text: "no" })).rejects.toThrow(
      "No such node",
    );
    const { caseId } = await appeal(context(), {
      accountId: "acc_0xbad",
      nodeId: "node_x",
      text: "It was an upgrade.",
    });
    const rejected = { caseId, upheld: false, note: "The weights are others." };
    await expect(resolveAppeal(context(), rejected)).rejects.toThrow("still being taken back");
    await world.trust.turns.lead();
    expect(world.chain.cancelled).toEqual([7n]);
    await onChain({ name: "SlashCancelled", id: 7n });
    expect(await casesWhere(context(), { appealed: true, before: null, limit: 5 })).toHaveLength(1);
    await resolveAppeal(context(), rejected);
    await world.trust.turns.lead();
    expect(world.chain.proposed).toHaveLength(2);
    expect(world.chain.proposed[1]?.evidence).not.toBe(evidence);
    await expect(appeal(context(), { accountId: "acc_0xbad", nodeId: "node_x", text: "again" })).rejects.toMatchObject({
      code: "appeal_already_decided",
    });
  });

  it("whose appeal is upheld gets tasks again", async () => {
    await caught();
    const { caseId } = await appeal(context(), { accountId: "acc_0xbad", nodeId: "node_x", text: "It was you." });
    await world.trust.turns.lead();
    world.pass(700_000);
    await world.trust.turns.lead();
    await resolveAppeal(context(), { caseId, upheld: true, note: "It was us." });
    await world.trust.turns.lead();
    expect(world.suspended.has("node_x")).toBe(false);
    const view = await trustOf(context(), "acc_0xbad", "node_x");
    expect(view).toMatchObject({
      standing: "watched",
      can_appeal: false,
      cases: [{ outcome: "appeal_upheld", appeal: { note: "It was us." } }],
    });
  });

  it("that appeals on chain is decided on chain", async () => {
    await caught();
    const evidence = world.chain.proposed[0]?.evidence ?? "";
    await onChain({
      name: "SlashProposed",
      id: 7n,
      evidence,
      amount: 100n * FAR,
      executableAt: later(),
    });
    await onChain({ name: "SlashAppealed", id: 7n });
    const [open] = await casesWhere(context(), { appealed: true, before: null, limit: 5 });
    await expect(resolveAppeal(context(), { caseId: open?.id ?? "", upheld: true, note: "x" })).rejects.toMatchObject({
      code: "appeal_is_on_chain",
    });
    world.pass(2 * HOUR);
    await world.trust.turns.lead();
    expect(world.chain.executed).toEqual([]);
    await onChain({ name: "AppealResolved", id: 7n, upheld: false });
    await world.trust.turns.lead();
    expect(world.chain.executed).toEqual([7n]);
  });

  it("whose proposal arrives twice is slashed once: the second is cancelled", async () => {
    await caught();
    const evidence = world.chain.proposed[0]?.evidence ?? "";
    world.pass(700_000);
    await world.trust.turns.lead();
    expect(world.chain.proposed.map((p) => p.evidence)).toEqual([evidence, evidence]);
    const sent = { name: "SlashProposed", evidence, amount: 1n, executableAt: later() } as const;
    await onChain({ ...sent, id: 7n });
    await onChain({ ...sent, id: 8n });
    await world.trust.turns.lead();
    expect(world.chain.cancelled).toEqual([8n]);
  });

  it("below the minimum stake is asked for all that is held", async () => {
    world.chain.stakeWei = 7n * FAR;
    await caught();
    await world.trust.turns.lead();
    expect(world.chain.proposed.map((p) => p.amountWei)).toEqual([7n * FAR]);
  });

  it("with nothing at stake is held for a day and starts again", async () => {
    world.chain.stakeWei = 0n;
    await caught();
    await world.trust.turns.lead();
    expect(world.chain.proposed).toEqual([]);
    world.pass(24 * HOUR);
    await world.trust.turns.lead();
    expect(await standing("node_x")).toBe("watched");
  });
});

describe("many owners who mismatch at once", () => {
  it("do not cost the busiest of them its place: nobody is suspended before others were checked as well", async () => {
    for (const name of ["a", "b", "c", "d"])
      world.join(`node_${name}`, `0x${name}`, { score: ({ text }) => strange(text) });
    await begin();
    await work("node_a", 60);
    expect(await standing("node_a")).toBe("watched");
    expect(world.suspended.size).toBe(0);
  });

  it("are checked always, however good their record, while one of them is watched and has nobody to be compared with", async () => {
    world.join("node_x", "0xbad", { ...cheats, ...honestChecker });
    for (const name of ["a", "b"]) world.join(`node_${name}`, `0x${name}`, honestChecker);
    await begin();
    for (let round = 0; round < 20; round++) await work("node_a", 25);
    await work("node_x", 12);
    expect(await standing("node_x")).toBe("watched");
    const count = async (): Promise<number> =>
      (await db.sql`select from trust.checks where node_id = 'node_a' and kind = 'score'`).length;
    const before = await count();
    world.pass(15_000);
    await settle();
    await work("node_a", 10);
    expect((await count()) - before).toBe(10);
  });

  it("freeze slashes: nobody is suspended for it, scores fall, and seven days end it for the nodes", async () => {
    for (const name of ["a", "b", "c", "d"])
      world.join(`node_${name}`, `0x${name}`, { score: ({ text }) => strange(text) });
    await begin();
    for (let round = 0; round < 10; round++) {
      for (const name of ["a", "b", "c", "d"]) world.task(`node_${name}`);
      await settle();
    }
    const [freeze] = (await publicTrust(context())).freezes;
    expect(freeze).toMatchObject({ manifest: MANIFEST, verdict: null });
    await world.trust.turns.lead();
    expect(world.chain.proposed).toEqual([]);
    expect(world.suspended.size).toBe(0);
    for (const name of ["a", "b", "c", "d"]) expect(await standing(`node_${name}`)).not.toBe("suspended");
    world.pass(7 * 24 * HOUR);
    await world.trust.turns.lead();
    expect((await publicTrust(context())).freezes[0]).toMatchObject({ verdict: "reference" });
    for (const name of ["a", "b", "c", "d"]) expect(await standing(`node_${name}`)).toBe("good");
  });
});
