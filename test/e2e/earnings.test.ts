/** A node that fails, dawdles, breaks off and answers late: each attempt is either paid, to the wei as ledger and receipts have it, or has its reason. */
import { connectNode, type Engine, EngineError, noLog } from "@farlabs/agent";
import type { NodeEarningRow } from "@farlabs/sdk";
import { testDatabase } from "@farlabs/server/testing";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Account, type Builder, type Network, startNetwork } from "../support/network.ts";
import { quickEngine } from "../support/quickEngine.ts";

const MODEL = "wobbly";
const TASKS = 160;
const db = await testDatabase();
let network: Network;
let builder: Builder;
let owner: Account;
let nodeId: string;
const links: ReturnType<typeof connectNode>[] = [];
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Goes wrong in another way each time. */
function wobbly(): Engine {
  const good = quickEngine(MODEL, 6, { slots: 4, tokensPerSecond: 1_000 });
  let turn = 0;
  return {
    ...good,
    async run(task, io) {
      turn += 1;
      switch (turn % 6) {
        case 1:
          throw new EngineError("engine_error", "out of memory");
        case 2:
          // Late: another node has answered long since.
          await pause(1_500);
          return good.run(task, io);
        case 3:
          await io.onChunk({ index: 0, delta: { content: "half an " } });
          throw new EngineError("engine_truncated", "cut off");
        case 4:
          return { usage: { promptTokens: 1, completionTokens: 0 }, finishReasons: ["stop"] };
        default:
          return good.run(task, io);
      }
    },
  };
}

async function join(account: Account, engine: Engine): Promise<string> {
  const link = connectNode({
    network: network.url(),
    token: await network.joinToken(account),
    key: privateKeyToAccount(generatePrivateKey()),
    engines: [engine],
    machine: { gpuModel: "test", vramGb: 0, cpu: "test", cores: 1, memoryGb: 1 },
    log: noLog,
  });
  links.push(link);
  return (await link.ready).nodeId;
}

beforeAll(async () => {
  const env = { SETTLEMENT_EPOCH_INTERVAL_S: "2", FIRST_TOKEN_MS: "600", IDLE_MS: "600", TRUST_CANARY_S: "1000000" };
  network = await startNetwork({ databaseUrl: db.url, env });
  builder = await network.builder(100);
  owner = await network.account();
  nodeId = await join(owner, wobbly());
  await network.stakeNode(owner, nodeId);
  // Good, but too slow to take all of the work.
  const steady = quickEngine(MODEL, 6, { slots: 1 });
  await join(await network.account(), { ...steady, run: (task, io) => pause(150).then(() => steady.run(task, io)) });
  await network.untilServed(MODEL);
}, 60_000);
afterAll(async () => {
  await Promise.all(links.map((link) => link.close()));
  await network?.close();
});

async function allRows(): Promise<NodeEarningRow[]> {
  const rows: NodeEarningRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await owner.session.nodes.earningRows(nodeId, {
      limit: 7,
      ...(cursor === undefined ? {} : { cursor }),
    });
    rows.push(...page.data);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return rows;
}

test("every attempt is there once, paid or with a reason, and the sums are the ledger's", async () => {
  const ask = async (): Promise<void> => {
    const response = await fetch(`${network.url()}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${builder.apiKey}`, "content-type": "application/json" },
      body: JSON.stringify({ model: MODEL, max_tokens: 32, messages: [{ role: "user", content: "try" }] }),
    });
    await response.text();
  };
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next++ < TASKS) await ask();
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  // Late answers are still under way; they must not be paid.
  await pause(2_000);

  const attempts = await db.owner<{ key: string; paid: string }[]>`
    select task_id || ' ' || (a->>'attempt') as key, a->>'paid' as paid
    from inference.tasks, json_array_elements(attempts) a where a->>'node_id' = ${nodeId}`;
  const rows = await allRows();
  expect(rows.map((r) => `${r.task_id} ${r.attempt}`).sort()).toEqual(attempts.map((a) => a.key).sort());
  expect(attempts.length).toBeGreaterThan(20);
  const unpaid = rows.filter((r) => r.amount === "0");
  for (const row of unpaid) {
    expect(row.reason?.explanation, row.task_id).toMatch(/^[A-Z].+\.$/);
    expect(row.reason?.explanation).not.toContain("The attempt ended as");
  }
  const codes = new Set(unpaid.map((r) => r.reason?.code));
  for (const code of ["engine_error", "first_token_timeout", "engine_truncated", "empty_answer"])
    expect([...codes]).toContain(code);

  const total = rows.reduce((n, r) => n + BigInt(r.amount), 0n);
  const [ledger] = await db.owner<{ wei: string }[]>`
    select coalesce(sum(amount), 0)::text as wei from ledger.transfers where credit in (${`far:owner:${owner.address}`}, ${`far:held:${nodeId}`})`;
  expect(total).toBeGreaterThan(0n);
  expect(total.toString()).toBe(ledger?.wei);
  const summary = await owner.session.nodes.earnings(nodeId);
  expect(summary.earned).toBe(total.toString());
  expect(summary.unpaid.reduce((n, u) => n + u.attempts, 0)).toBe(unpaid.length);
  let csv = "";
  for await (const part of owner.session.nodes.earningsCsv(nodeId)) csv += part;
  expect(csv.trimEnd().split("\r\n")).toHaveLength(rows.length + 1);
}, 120_000);

test("what was pending is settled with its epoch and transaction", async () => {
  for (let i = 0; i < 100 && (await owner.session.nodes.earnings(nodeId)).pending !== "0"; i += 1) await pause(200);
  const rows = (await allRows()).filter((r) => r.amount !== "0");
  for (const row of rows) {
    expect(["settled", "held"]).toContain(row.state);
    expect(row.transaction_hash).toMatch(/^0x[0-9a-f]{64}$/);
  }
  expect(await network.admin("/audit")).toMatchObject({ findings: [] });
}, 60_000);
