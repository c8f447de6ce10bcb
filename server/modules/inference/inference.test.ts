import type { ServerFrame } from "@farlabs/protocol";
import fc from "fast-check";
import { afterAll, beforeEach, expect, test } from "vitest";
import type { Identity, Principal } from "#identity";
import { newId, systemClock } from "#kernel";
import { createLedger } from "#ledger";
import type { Model, Models } from "#models";
import { addUnsettled, createLiveNode, EARN_IN_WEI, type LiveNode, type Nodes, type StakeState } from "#nodes";
import { noLog } from "#platform/log";
import { createOutbox } from "#platform/outbox";
import { createGroupCommit, type Tx } from "#platform/pg";
import { testDatabase } from "#testing";
import { inferenceConfig } from "./config.ts";
import "./errors.ts";
import type { Completion, FinishedTask, SubmitOptions } from "./inference.ts";
import type { ReceiptPart } from "./receipt.ts";
import { createInference } from "./service.ts";

const db = await testDatabase();
const FAR = 10n ** 18n;
const ledger = createLedger({ sql: db.sql });
const commits = createGroupCommit(db.sql);
const outbox = createOutbox({ sql: db.sql, log: noLog });
const receipts = new Map<string, ReceiptPart>();
const model = {
  ...{ id: "m", tokensPerSecond: 50, contextTokens: 10_000, manifestHash: null, vramGbMin: 0 },
  prices: { inputMicro: 3_000_000n, outputMicro: 7_000_000n },
} as unknown as Model;
const models = {
  get: () => model,
  find: () => model,
  tokenizer: () => null,
  rate: () => ({ rate8: 10_000_000n }),
} as unknown as Models;

const connected: LiveNode[] = [];
const nodes = {
  serving: () => connected.filter((n) => n.link !== null),
  live: () => new Map(connected.map((n) => [n.nodeId, n])),
  on: () => () => undefined,
  violation: () => undefined,
} as unknown as Nodes;
const onchain = new Map<string, { wallet: string; open: boolean }>();
const inference = createInference({
  ...{ sql: db.sql, commits, ledger, models, nodes, clock: systemClock, log: noLog },
  identity: {} as Identity,
  config: inferenceConfig.parse({}),
  backlogged: () => false,
  onchainTask: async (id) => onchain.get(id) ?? null,
});
commits.register("funds", ledger.contributor);
commits.register("task", inference.contributors.task);
commits.register("receipt", {
  write(_tx, entries) {
    for (const { part } of entries as readonly { part: ReceiptPart }[]) receipts.set(part.taskId, part);
    return [];
  },
});
commits.register("events", outbox.contributor);
await inference.start();
afterAll(async () => {
  await inference.stop(1_000);
  await commits.close();
});

type Does = "answer" | "refuse" | "fail" | "nothing";
/** A node that answers each task with as many words as it is told, or does otherwise. */
function join(state: StakeState, does: Does = "answer", words = 8): LiveNode {
  const node = createLiveNode({
    ...{ nodeId: newId("node"), ownerAccount: "op", ownerWallet: `0x${"ab".repeat(20)}`, joinTokenId: "jt" },
    ...{ score: 80, connectedAtMs: 0 },
    capabilities: { machine: { gpuModel: "", vramGb: 0, cpu: "", cores: 1, memoryGb: 1 }, engines: [] },
    stake: {
      ...{ state, stakeWei: 0n, freeWei: 0n, unbondingWei: 0n, withdrawableAtMs: null, suspension: null },
      held: state === "none" || state === "earning_in",
      riskWeiMax: state === "registered" ? 2_000n * FAR : EARN_IN_WEI,
    },
  });
  const offer = {
    ...{ id: "m", slots: 64, contextTokens: 10_000, kinds: ["chat" as const, "score" as const] },
    continuation: "none" as const,
    features: { tools: false, json: false, logprobs: false },
  };
  node.offers.set("m", { offer, inFlight: 0, tokensPerSecond: 50, firstTokenMs: 0 });
  node.link = {
    send: (frame) => void setImmediate(() => hear(node, frame, does, words)),
    close: () => undefined,
    backlogBytes: () => 0,
  };
  connected.push(node);
  return node;
}

function hear(node: LiveNode, frame: ServerFrame, does: Does, words: number): void {
  if (frame.type !== "assign") return;
  const ref = { taskId: frame.taskId, attempt: frame.attempt };
  if (does === "refuse") return void inference.frames.onFrame(node, { type: "refuse", ...ref, reason: "full" });
  if (does === "fail")
    return void inference.frames.onFrame(node, { type: "fail", ...ref, code: "engine_error", message: "" });
  const empty = does === "nothing";
  const delta =
    frame.kind === "score" ? { scores: [[-0.5, 1] as [number, number]] } : { content: "word ".repeat(words) };
  if (!empty) inference.frames.onFrame(node, { type: "chunk", ...ref, seq: 0, index: 0, delta, tokenIds: [1, 2] });
  inference.frames.onFrame(node, {
    ...{ type: "result", ...ref, chunks: empty ? 0 : 1, finishReasons: ["stop"] },
    usage: { promptTokens: 4, completionTokens: words * 2 },
  });
}

let n = 0;
let account = "";
let wallet = "";
beforeEach(() => {
  n += 1;
  account = `acct_${n}`;
  wallet = `0x${n.toString(16).padStart(40, "e")}`;
  connected.length = 0;
});
const principal = (more: Partial<Principal> = {}): Principal => ({
  ...{ accountId: account, via: "key", keyId: null, sessionId: null, scopes: new Set(), wallets: [wallet] },
  ...{ capAccount: null, ratePerMin: 1, concurrencyMax: 1_000, ...more },
});
const ask = async (options: SubmitOptions = {}, who = principal(), maxTokens?: number): Promise<Completion> => {
  const messages = [{ role: "user" as const, content: "hello there" }];
  const engine = { model: "m", messages, ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }) };
  return (await inference.submit(who, { kind: "chat", engine }, options)).done;
};
const give = (to: string, amount: bigint) => {
  const id = newId("dep");
  return db.sql.begin((tx) =>
    ledger.transfer(tx as unknown as Tx, id, [{ id, debit: "far:escrow", credit: to, amount, kind: "deposit" }]),
  );
};
const grant = async (vcu: bigint) => {
  await ledger.grantCredits({ id: newId("g"), accountId: account, vcu, reason: "t", by: "t" });
  inference.creditsGranted(account);
};
const available = async (id: string): Promise<bigint> => (await ledger.balance(id)).available;
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "ok",
    (error: { code?: string }) => String(error.code),
  );

test("credits pay while they cover the reserve, the treasury puts up the FAR, and the operator earns FAR", async () => {
  const node = join("registered");
  await give("far:float", 10n * FAR);
  await grant(40_000n);
  const owner = `far:owner:${node.ownerWallet}`;
  const [float, stakers, treasury, earned] = await Promise.all(
    ["far:float", "far:pool:stakers", "far:pool:treasury", owner].map(available),
  );
  const done = await ask();
  const receipt = receipts.get(done.taskId);
  expect(receipt).toMatchObject({ asset: "VCU", payerWallet: "treasury", payerAccount: account, purpose: "user" });
  expect(receipt?.chargeVcu).toBe(done.chargeVcu);
  expect(done.asset).toBe("VCU");
  expect(done.chargeVcu > 0n && done.chargeVcu === done.chargeMicro).toBe(true);
  expect(await available(`vcu:account:${account}`)).toBe(40_000n - done.chargeVcu);
  const split = receipt?.split ?? { operatorWei: 0n, stakersWei: 0n, treasuryWei: 0n };
  expect(split.operatorWei + split.stakersWei + split.treasuryWei).toBe(done.chargeWei);
  expect(await available("far:float")).toBe((float ?? 0n) - done.chargeWei);
  expect(await available(owner)).toBe((earned ?? 0n) + split.operatorWei);
  expect(await available("far:pool:stakers")).toBe((stakers ?? 0n) + split.stakersWei);
  expect(await available("far:pool:treasury")).toBe((treasury ?? 0n) + split.treasuryWei);
  expect(node.exposure).toMatchObject({ inFlightWei: 0n, unsettledWei: split.operatorWei });
  const task = await inference.task(account, done.taskId).catch(() => null);
  expect(task).toMatchObject({
    asset: "VCU",
    cost_vcu: done.chargeVcu.toString(),
    cost_far: done.chargeWei.toString(),
  });
});

test("where credits do not cover it the wallet pays; either can be asked for; without both it is refused", async () => {
  join("registered");
  await give("far:float", FAR);
  await give(`far:wallet:${wallet}`, FAR);
  await grant(1n);
  expect((await ask()).asset).toBe("FAR");
  expect(await codeOf(ask({ payWith: "VCU" }))).toBe("insufficient_funds");
  await grant(1_000_000n);
  expect((await ask({ payWith: "FAR" })).asset).toBe("FAR");
  expect((await ask()).asset).toBe("VCU");
  expect((await ask({}, principal({ wallets: [] }))).asset).toBe("VCU");
  expect(await codeOf(ask({ payWith: "FAR" }, principal({ wallets: [] })))).toBe("insufficient_funds");
});

test("without the treasury's leg who pays in credits is refused, and no node works for nothing", async () => {
  const node = join("registered");
  await grant(1_000_000n);
  const left = await available("far:float");
  if (left > 0n)
    await db.sql.begin((tx) =>
      ledger.transfer(tx as unknown as Tx, newId("x"), [
        { id: newId("x"), debit: "far:float", credit: "far:escrow", amount: left, kind: "claim" },
      ]),
    );
  await give(`far:wallet:${wallet}`, FAR);
  expect(await codeOf(ask())).toBe("treasury_leg_unavailable");
  expect(node.offers.get("m")?.inFlight).toBe(0);
  expect(await available(`vcu:account:${account}`)).toBe(1_000_000n);
  expect((await ask({ payWith: "FAR" })).asset).toBe("FAR");
});

test("whatever parallel requests in credits do, sums are kept, parts make the FAR leg, and what is not used returns", async () => {
  await give("far:float", 100n * FAR);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ words: fc.nat(20), most: fc.integer({ min: 1, max: 60 }) }), {
        minLength: 1,
        maxLength: 8,
      }),
      fc.bigInt(1n, 3_000n),
      async (asks, held) => {
        n += 1;
        account = `acct_${n}`;
        connected.length = 0;
        await grant(held);
        const float = await available("far:float");
        const spent = await available("vcu:spent");
        const done: Completion[] = [];
        for (const { words } of asks.slice(0, 1)) join("registered", words === 0 ? "nothing" : "answer", words);
        const answers = await Promise.allSettled(
          asks.map(({ most }) => ask({ payWith: "VCU" }, principal({ wallets: [] }), most)),
        );
        for (const a of answers) {
          if (a.status === "fulfilled") done.push(a.value);
          else expect(a.reason).toMatchObject({ code: "insufficient_funds" });
        }
        const vcu = done.reduce((sum, c) => sum + c.chargeVcu, 0n);
        const wei = done.reduce((sum, c) => sum + c.chargeWei, 0n);
        expect(vcu <= held).toBe(true);
        expect(await ledger.balance(`vcu:account:${account}`)).toMatchObject({ available: held - vcu, reserved: 0n });
        expect(await available("vcu:spent")).toBe(spent + vcu);
        expect(await ledger.balance("far:float")).toMatchObject({ available: float - wei, reserved: 0n });
        for (const c of done) {
          const receipt = receipts.get(c.taskId);
          if (c.chargeWei === 0n) expect(receipt).toBeUndefined();
          else {
            const { operatorWei, stakersWei, treasuryWei } = receipt?.split ?? {};
            expect((operatorWei ?? 0n) + (stakersWei ?? 0n) + (treasuryWei ?? 0n)).toBe(c.chargeWei);
          }
        }
      },
    ),
    { numRuns: 25 },
  );
  expect(await ledger.audit()).toEqual([]);
});

test("a node below the minimum earns into its own held account, at most what it may have at risk", async () => {
  const node = join("none");
  await give(`far:wallet:${wallet}`, 100n * FAR);
  const done = await ask();
  const receipt = receipts.get(done.taskId);
  expect(receipt?.nodes).toMatchObject([{ nodeId: node.nodeId, held: true }]);
  expect(await available(`far:held:${node.nodeId}`)).toBe(receipt?.split.operatorWei);
  addUnsettled(node, EARN_IN_WEI);
  expect(await codeOf(ask())).toBe("stake_limit_reached");
  addUnsettled(node, -EARN_IN_WEI);
  expect(await codeOf(ask())).toBe("ok");
});

test("tasks that are pinned, trusted or suspended go where they may, and the refusal says what is missing", async () => {
  await give(`far:wallet:${wallet}`, 100n * FAR);
  await give("far:float", 10n * FAR);
  const suspended = join("suspended");
  expect(await codeOf(ask())).toBe("no_node");
  const check = await ask(
    { nodeId: suspended.nodeId, payer: "treasury", purpose: "check" },
    principal({ wallets: [] }),
  );
  expect(receipts.get(check.taskId)).toMatchObject({ payerWallet: "treasury", purpose: "check", asset: "FAR" });
  const pin = { nodeId: suspended.nodeId, payer: "treasury", purpose: "check" } as const;
  const messages = [{ role: "user" as const, content: "hello there" }];
  const request = { kind: "chat" as const, engine: { model: "m", messages } };
  const worstWei = inference.quote(principal({ wallets: [] }), request, pin);
  const handle = await inference.submit(principal({ wallets: [] }), request, pin);
  expect([handle.quoteWei, (await handle.done).chargeWei < worstWei]).toEqual([worstWei, true]);
  const newcomer = join("none");
  expect(await codeOf(ask({ trustedOnly: true }))).toBe("no_trusted_node");
  const choosy = principal({ preferences: { trustedOnly: true, audits: true } });
  expect(await codeOf(ask({}, choosy))).toBe("no_trusted_node");
  const staked = join("registered");
  expect(await codeOf(ask({ trustedOnly: true }))).toBe("no_trusted_node");
  staked.isAudited = true;
  for (let i = 0; i < 4; i++) {
    const done = await ask({ trustedOnly: true });
    expect(receipts.get(done.taskId)?.nodes.map((node) => node.nodeId)).toEqual([staked.nodeId]);
  }
  staked.score = 79;
  expect(await codeOf(ask({ trustedOnly: true }))).toBe("no_trusted_node");
  const pinned = await ask({ nodeId: newcomer.nodeId });
  expect(receipts.get(pinned.taskId)?.nodes.map((node) => node.nodeId)).toEqual([newcomer.nodeId]);
});

test("who listens to ends hears what each attempt delivered, and who may read it", async () => {
  await give(`far:wallet:${wallet}`, 100n * FAR);
  const heard: FinishedTask[] = [];
  const off = inference.onFinished((task) => heard.push(task));
  const offBad = inference.onFinished(() => {
    throw new Error("a bug");
  });
  join("registered", "refuse");
  const good = join("registered");
  good.score = 20;
  const done = await ask();
  await ask({}, principal({ preferences: { trustedOnly: false, audits: false } }));
  offBad();
  off();
  const [first, second] = heard;
  expect(first).toMatchObject({ taskId: done.taskId, status: "completed", purpose: "user", auditable: true });
  expect(second?.auditable).toBe(false);
  expect(first?.attempts.at(-1)).toMatchObject({
    ...{ nodeId: good.nodeId, text: "word ".repeat(8), tokenIds: [1, 2], end: "delivered", slotsInUse: 1 },
    claim: { promptTokens: 4, completionTokens: 16 },
  });
  expect(first?.attempts.at(-1)?.amountWei).toBe(receipts.get(done.taskId)?.split.operatorWei);
  if (first?.attempts.length === 2) expect(first.attempts[0]).toMatchObject({ text: "", tokens: 0, end: "refused" });
});

test("every attempt that earned nothing is found by its node, with the reason; those that earned are not", async () => {
  await give(`far:wallet:${wallet}`, 100n * FAR);
  const since = Date.now() - 1_000;
  const failing = join("registered", "fail");
  expect((await ask()).error?.code).toBe("node_failed");
  connected.length = 0;
  const empty = join("registered", "nothing");
  const nothing = await ask();
  expect([nothing.status, nothing.chargeWei]).toEqual(["completed", 0n]);
  connected.length = 0;
  const good = join("registered");
  await ask();
  expect(await inference.nodeOutcomes(failing.nodeId, since)).toEqual([{ reason: "engine_error", attempts: 1 }]);
  expect(await inference.nodeOutcomes(empty.nodeId, since)).toEqual([{ reason: "empty_answer", attempts: 1 }]);
  expect(await inference.nodeOutcomes(good.nodeId, since)).toEqual([]);
  connected.push(failing);
  connected.splice(connected.indexOf(good), 1);
  for (let i = 0; i < 2; i++) await ask();
  const page = await inference.nodeAttempts(failing.nodeId, { before: null, limit: 2 });
  const last = page.at(-1);
  if (last === undefined) throw new Error("two attempts at least");
  const before = { atMs: last.endedAt.getTime(), taskId: last.taskId, attempt: last.attempt };
  const rest = await inference.nodeAttempts(failing.nodeId, { before, limit: 2 });
  expect([page.length, rest.length]).toEqual([2, 1]);
  expect(new Set([...page, ...rest].map((a) => a.taskId)).size).toBe(3);
});

test("a given answer is scored at the treasury's cost by what was read", async () => {
  await give("far:float", FAR);
  const node = join("registered");
  const engine = {
    ...{ model: "m", messages: [{ role: "user" as const, content: "hello" }] },
    completion: { text: "an answer" },
  };
  const options = { nodeId: node.nodeId, payer: "treasury", purpose: "check" } as const;
  const handle = await inference.submit(principal({ wallets: [] }), { kind: "score", engine }, options);
  const done = await handle.done;
  expect(done.choices[0]?.scores).toEqual([[-0.5, 1]]);
  expect([done.completionTokens, done.chargeWei > 0n]).toEqual([0, true]);
  expect(receipts.get(done.taskId)).toMatchObject({ outputTokens: 0, purpose: "check", payerWallet: "treasury" });
  const missing = inference.submit(principal(), { kind: "score", engine: { model: "m", messages: [] } }, options);
  expect(await codeOf(missing)).toBe("invalid_request");
});

test("an on-chain task pays for one answer of the account that made it, by a node that claims what it earns", async () => {
  const newcomer = join("earning_in");
  const id = `0x${n.toString(16).padStart(64, "0")}`;
  onchain.set(id, { wallet, open: true });
  await give(`far:task:${id}`, 1n);
  expect(await codeOf(ask({ onchainTask: id }))).toBe("no_node");
  connected.splice(connected.indexOf(newcomer), 1);
  onchain.delete(id);
  join("registered");
  expect(await codeOf(ask({ onchainTask: id }))).toBe("onchain_task_unknown");
  onchain.set(id, { wallet: `0x${"99".repeat(20)}`, open: true });
  expect(await codeOf(ask({ onchainTask: id }))).toBe("onchain_task_unknown");
  onchain.set(id, { wallet, open: true });
  expect(await codeOf(ask({ onchainTask: id }))).toBe("insufficient_funds");
  await give(`far:task:${id}`, FAR - 1n);
  const both = await Promise.allSettled([ask({ onchainTask: id }), ask({ onchainTask: id })]);
  const refused = both.filter((b) => b.status === "rejected");
  expect(refused).toMatchObject([{ reason: { code: "onchain_task_used" } }]);
  const [done] = both.flatMap((b) => (b.status === "fulfilled" ? [b.value] : []));
  if (done === undefined) throw new Error("one of two is served");
  expect(receipts.get(done.taskId)).toMatchObject({ payerWallet: `task:${id}`, asset: "FAR" });
  expect(await available(`far:task:${id}`)).toBe(FAR - done.chargeWei);
  onchain.set(id, { wallet, open: false });
  expect(await codeOf(ask({ onchainTask: id }))).toBe("onchain_task_used");
});
