import { createHash, randomUUID } from "node:crypto";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { noLog } from "#platform/log";
import { createGroupCommit } from "#platform/pg";
import { testDatabase } from "#testing";
import { createIdempotencyStore, type IdempotencyStore, type StoredAnswer } from "./index.ts";

const db = await testDatabase();
let nowMs = Date.now();
const clock = { now: () => nowMs, monotonic: () => nowMs };
/** References that run somewhere. */
const living = new Set<string>();
/** Not a cipher: that bodies are sealed is identity's to show. */
const seal = async (accountId: string, plain: string) => Buffer.from(`${accountId}|${plain}`);
const open = async (accountId: string, sealed: Buffer) => {
  const [owner, ...rest] = sealed.toString().split("|");
  if (owner !== accountId) throw new Error("sealed for another account");
  return rest.join("|");
};

/** A process of its own, as far as the store can tell. */
function newProcess() {
  const store = createIdempotencyStore({
    sql: db.sql,
    clock,
    log: noLog,
    seal,
    open,
    isRunning: (ref) => living.has(ref),
  });
  const commits = createGroupCommit(db.sql);
  commits.register("idempotency", store.contributor);
  return { store, commits };
}
const all = [newProcess(), newProcess()] as const;
const [here, there] = all;
afterAll(() => Promise.all(all.map(({ commits }) => commits.close())));

const ACCOUNT = "acct_1";
let key = "";
beforeEach(() => {
  key = randomUUID();
  living.clear();
});
const hashOf = (text: string) => createHash("sha256").update(text).digest();
const BODY = hashOf("body");
const answer: StoredAnswer = { status: 200, contentType: "application/json", headers: {}, body: '{"ok":true}' };
const sealedAnswer = () => seal(ACCOUNT, JSON.stringify(answer));

const claimUnit = (ref: string, k = key) => ({
  idempotency: { kind: "claim", accountId: ACCOUNT, key: k, bodyHash: BODY, ref },
});
const answerUnit = async () => ({
  idempotency: { kind: "answer", accountId: ACCOUNT, key, sealedBody: await sealedAnswer() },
});
const look = (store: IdempotencyStore, body = BODY) => store.lookup(ACCOUNT, key, body);

describe("within one process", () => {
  it("of 64 identical requests one runs and all get its answer", async () => {
    let ran = 0;
    const one = async (): Promise<StoredAnswer> => {
      const state = await look(here.store);
      if (state.state === "done") return state.answer;
      if (state.state === "running") return (await state.answer) ?? one();
      ran++;
      await here.store.claim({ accountId: ACCOUNT, key, bodyHash: BODY, ref: "req_1" });
      await here.store.complete(ACCOUNT, key, answer);
      return answer;
    };
    const answers = await Promise.all(Array.from({ length: 64 }, one));
    expect(ran).toBe(1);
    for (const got of answers) expect(got).toEqual(answer);
    expect(await look(here.store)).toEqual({ state: "done", answer });
  });

  it("an abandoned key goes to the next in line", async () => {
    expect((await look(here.store)).state).toBe("new");
    const second = await look(here.store);
    await here.commits.submit(claimUnit("task_1"));
    here.store.abandon(ACCOUNT, key);
    expect(second.state === "running" && (await second.answer)).toBeNull();
    expect((await look(here.store)).state).toBe("new");
    expect(await here.commits.submit(claimUnit("task_2"))).toMatchObject({ ok: true, replayed: false });
    here.store.abandon(ACCOUNT, key);
  });

  it("refuses another body while it runs and after it", async () => {
    await look(here.store);
    await expect(look(here.store, hashOf("other"))).rejects.toMatchObject({ code: "idempotency_key_reused" });
    await here.store.claim({ accountId: ACCOUNT, key, bodyHash: BODY, ref: "req_1" });
    await here.store.complete(ACCOUNT, key, answer);
    await expect(look(here.store, hashOf("other"))).rejects.toMatchObject({ code: "idempotency_key_reused" });
  });
});

describe("with the group commit", () => {
  it("commits the claim with the admission and the answer with the end", async () => {
    expect((await look(here.store)).state).toBe("new");
    expect(await here.commits.submit(claimUnit("task_1"))).toMatchObject({ ok: true });
    expect(await here.commits.submit(await answerUnit())).toMatchObject({ ok: true });
    here.store.abandon(ACCOUNT, key);
    expect(await look(here.store)).toEqual({ state: "done", answer });
    expect(await look(there.store)).toEqual({ state: "done", answer });
  });

  it("knows its own claim again after a commit of unknown outcome", async () => {
    await look(here.store);
    expect(await here.commits.submit(claimUnit("task_1"))).toMatchObject({ ok: true, replayed: false });
    expect(await here.commits.submit(claimUnit("task_1"))).toMatchObject({ ok: true, replayed: true });
    here.store.abandon(ACCOUNT, key);
  });

  it("refuses a claim on a key that is answered or taken", async () => {
    await look(here.store);
    const [first, second] = await Promise.all([
      here.commits.submit(claimUnit("task_1")),
      here.commits.submit(claimUnit("task_2")),
    ]);
    expect(first).toMatchObject({ ok: true });
    expect(second).toMatchObject({ ok: false, error: { code: "idempotency_conflict" } });
    await here.commits.submit(await answerUnit());
    here.store.abandon(ACCOUNT, key);
    expect(await here.commits.submit(claimUnit("task_3"))).toMatchObject({
      ok: false,
      error: { code: "idempotency_conflict" },
    });
    expect(await look(here.store)).toEqual({ state: "done", answer });
  });

  it("keeps many keys in one batch apart", async () => {
    const keys = Array.from({ length: 40 }, () => randomUUID());
    const claimed = await Promise.all(keys.map((k, i) => here.commits.submit(claimUnit(`task_${i}`, k))));
    expect(claimed.every((outcome) => outcome.ok)).toBe(true);
    const rows = await db.owner<{ ref: string }[]>`select ref from platform.idempotency where key = any(${keys})`;
    expect(new Set(rows.map((row) => row.ref)).size).toBe(40);
  });
});

describe("between processes and over a crash", () => {
  it("one of two claims wins, by either way of claiming", async () => {
    await Promise.all([look(here.store), look(there.store)]);
    const outcomes = await Promise.all([
      here.commits.submit(claimUnit("task_h")),
      there.commits.submit(claimUnit("task_t")),
    ]);
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
    for (const { store } of all) store.abandon(ACCOUNT, key);

    key = randomUUID();
    await Promise.all([look(here.store), look(there.store)]);
    const claims = await Promise.allSettled(
      all.map(({ store }, i) => store.claim({ accountId: ACCOUNT, key, bodyHash: BODY, ref: `req_${i}` })),
    );
    expect(claims.map((claim) => claim.status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("waits for a request that another process runs", async () => {
    living.add("task_1");
    await look(here.store);
    await here.commits.submit(claimUnit("task_1"));
    const state = await look(there.store);
    expect(state.state).toBe("running");
    await here.commits.submit(await answerUnit());
    expect(state.state === "running" && (await state.answer)).toEqual(answer);
  });

  it("a claim whose process died does not block the key", async () => {
    living.add("task_1");
    await look(here.store);
    await here.commits.submit(claimUnit("task_1"));
    living.delete("task_1");
    expect((await look(there.store)).state).toBe("new");
    expect(await there.commits.submit(claimUnit("task_2"))).toMatchObject({ ok: true, replayed: false });
    await there.commits.submit(await answerUnit());
    there.store.abandon(ACCOUNT, key);
    expect(await look(there.store)).toEqual({ state: "done", answer });
  });

  it("a claim that nobody can vouch for ends with its hour", async () => {
    living.add("task_lost");
    await look(here.store);
    await here.commits.submit(claimUnit("task_lost"));
    expect((await look(there.store)).state).toBe("running");
    nowMs += 3_600_000;
    expect((await look(there.store)).state).toBe("new");
    await there.store.claim({ accountId: ACCOUNT, key, bodyHash: BODY, ref: "req_2" });
    await there.store.complete(ACCOUNT, key, answer);
  });

  it("forgets after 24 hours", async () => {
    await look(here.store);
    await here.store.claim({ accountId: ACCOUNT, key, bodyHash: BODY, ref: "req_1" });
    await here.store.complete(ACCOUNT, key, answer);
    nowMs += 24 * 3_600_000;
    expect((await look(here.store, hashOf("another body"))).state).toBe("new");
    expect(await here.store.sweep()).toBeGreaterThan(0);
    const [left] = await db.owner`select count(*)::int as n from platform.idempotency where key = ${key}`;
    expect(left?.n).toBe(0);
    here.store.abandon(ACCOUNT, key);
  });
});
