/** A mixed run; afterwards ledger and chain agree to the wei, an operator claims, a user leaves with what is left. */
import { connectNode, type Engine, EngineError, noLog } from "@farlabs/agent";
import { testDatabase } from "@farlabs/server/testing";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Account, type Builder, type Network, startNetwork } from "../support/network.ts";

const REQUESTS = 500;
const AT_ONCE = 16;
const db = await testDatabase();
let network: Network;
let builder: Builder;
const operators: Account[] = [];

/** Fails, stops half-way or answers, by turns. */
function flakyEngine(): Engine {
  let turn = 0;
  return {
    describe: async () => ({
      name: "flaky",
      kind: "openai",
      models: [
        {
          id: "flaky",
          slots: 64,
          contextTokens: 4_096,
          kinds: ["chat"],
          continuation: "none",
          features: { tools: false, json: false, logprobs: false },
        },
      ],
    }),
    async run(_, io) {
      turn += 1;
      if (turn % 4 === 0) throw new EngineError("engine_error", "out of memory");
      for (const word of ["a ", "few ", "words ", "that ", "arrive ", "slowly"]) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (io.signal.aborted) throw new EngineError("aborted", "cancelled");
        await io.onChunk({ index: 0, delta: { content: word } });
        if (turn % 4 === 1 && word === "that ") throw new EngineError("engine_error", "lost the thread");
      }
      return { usage: { promptTokens: 5, completionTokens: 6 }, finishReasons: ["stop"] };
    },
    close: async () => undefined,
  };
}

beforeAll(async () => {
  // The network's own checks would go on earning for operators while the books are compared.
  const env = { SETTLEMENT_EPOCH_INTERVAL_S: "2", TRUST_CANARY_S: "1000000" };
  network = await startNetwork({ databaseUrl: db.url, env });
  builder = await network.builder(1_000);
  for (let i = 0; i < 2; i++) {
    const operator = await network.account();
    operators.push(operator);
    const token = await network.joinToken(operator);
    if (i === 0) await network.agent(token);
    const machine = { gpuModel: "test", vramGb: 0, cpu: "test", cores: 1, memoryGb: 1 };
    if (i === 1) {
      const link = connectNode({
        network: network.url(),
        token,
        key: privateKeyToAccount(generatePrivateKey()),
        engines: [flakyEngine()],
        machine,
        log: noLog,
      });
      await network.stakeNode(operator, (await link.ready).nodeId);
    }
  }
  await network.untilServed("far-mini");
  await network.untilServed("flaky");
}, 60_000);
afterAll(() => network?.close());

type Kind = "whole" | "stream" | "abort" | "flaky" | "embed" | "bad";
const kinds: readonly Kind[] = [
  "whole",
  "stream",
  "abort",
  "flaky",
  "flaky",
  "stream",
  "embed",
  "bad",
  "whole",
  "abort",
];

async function one(kind: Kind): Promise<number> {
  const isEmbedding = kind === "embed";
  const model = kind === "flaky" ? "flaky" : kind === "bad" ? "nothing" : "far-mini";
  const body = isEmbedding
    ? { model, input: "some text" }
    : {
        model,
        messages: [{ role: "user", content: "What is Far Labs?" }],
        max_tokens: 24,
        stream: kind === "stream" || kind === "abort",
      };
  const leaving = new AbortController();
  try {
    const response = await fetch(`${network.url()}/v1/${isEmbedding ? "embeddings" : "chat/completions"}`, {
      method: "POST",
      headers: { authorization: `Bearer ${builder.apiKey}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: leaving.signal,
    });
    for await (const part of response.body ?? [])
      if (kind === "abort" && Buffer.from(part).includes('"content":"')) leaving.abort();
    return response.status;
  } catch {
    return 0;
  }
}

test("500 mixed requests: the auditor finds every invariant true, and the books are even", async () => {
  const statuses: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < REQUESTS) statuses.push(await one(kinds[next++ % kinds.length] ?? "whole"));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  expect(statuses.length).toBe(REQUESTS);
  expect(statuses.filter((s) => s === 200).length).toBeGreaterThan(REQUESTS / 2);
  expect(statuses.filter((s) => s === 404).length).toBe(REQUESTS / 10);
  expect(statuses.filter((s) => s === 502).length).toBeGreaterThan(0);
  const report = await network.admin<{ findings: unknown[]; checked: string[] }>("/audit");
  expect(report.findings).toEqual([]);
  for (const invariant of [1, 2, 3, 4, 5, 6])
    expect(report.checked.some((c) => c.includes(String(invariant)))).toBe(true);
  const solvency = (await (await fetch(`${network.url()}/api/v1/network/solvency`)).json()) as { difference: string };
  expect(solvency.difference).toBe("0");
}, 120_000);

const settled = async (): Promise<void> => {
  for (let i = 0; i < 200; i++) {
    const { unsettled } = (await (await fetch(`${network.url()}/api/v1/network/solvency`)).json()) as {
      unsettled: string;
    };
    if (unsettled === "0") return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("never settled");
};

test("on chain every operator is owed what the ledger says, claims it, and the user leaves with the rest", async () => {
  await settled();
  for (const operator of operators) {
    const [ledger] = await db.owner<{ wei: string }[]>`
      select coalesce(sum((n->>'amountWei')::numeric), 0)::text as wei from settlement.receipts, jsonb_array_elements(nodes) n where n->>'owner' = ${operator.address}`;
    const owed = await operator.wallet.chain.owed({ payee: operator.wallet.account.address });
    expect(owed.toString()).toBe(ledger?.wei);
    expect(owed).toBeGreaterThan(0n);
    const before = await operator.wallet.chain.tokenBalance({ wallet: operator.wallet.account.address });
    await operator.wallet.chain.claim();
    expect(await operator.wallet.chain.tokenBalance({ wallet: operator.wallet.account.address })).toBe(before + owed);
  }

  const { chain, account } = builder.wallet;
  const [left] = await builder.client.balances.list();
  expect(await chain.userBalance({ wallet: account.address })).toBe(BigInt(left?.available ?? "0"));
  await chain.requestExit();
  // What it spends until the exit is confirmed is settled before the exit pays.
  let status = 200;
  for (let i = 0; i < 200 && status === 200; i++) status = await one("whole");
  expect(status).toBe(402);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await settled();
  await network.chain.passTime(61);
  const before = await chain.tokenBalance({ wallet: account.address });
  const due = await chain.userBalance({ wallet: account.address });
  await chain.finishExit({ wallet: account.address });
  expect(await chain.tokenBalance({ wallet: account.address })).toBe(before + due);
  for (let i = 0; i < 100 && (await builder.client.balances.list())[0]?.available !== "0"; i++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await builder.client.balances.list())[0]).toMatchObject({ available: "0", reserved: "0" });
  expect(await network.admin("/audit")).toMatchObject({ findings: [] });
}, 60_000);
