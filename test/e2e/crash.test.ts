/** The server dies with many requests under way, and comes back. */
import { testDatabase } from "@farlabs/server/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Builder, type Network, startNetwork } from "../support/network.ts";

const IN_FLIGHT = 50;
const db = await testDatabase();
let network: Network;
let builder: Builder;

beforeAll(async () => {
  network = await startNetwork({ databaseUrl: db.url });
  builder = await network.builder(1_000);
  const operator = await network.account();
  await network.agent(await network.joinToken(operator));
  await network.untilServed("far-mini");
}, 60_000);
afterAll(() => network?.close());

interface Outcome {
  done: boolean;
  taskId: string | null;
  status: number;
}

async function stream(onText: () => void): Promise<Outcome> {
  const outcome: Outcome = { done: false, taskId: null, status: 0 };
  try {
    const response = await fetch(`${network.url()}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${builder.apiKey}`, "content-type": "application/json" },
      body: JSON.stringify({
        model: "far-mini",
        stream: true,
        temperature: 0,
        max_tokens: 200,
        messages: [{ role: "user", content: "Tell me everything about Far Labs." }],
      }),
    });
    outcome.status = response.status;
    outcome.taskId = response.headers.get("x-far-task-id");
    for await (const part of response.body ?? []) {
      const text = Buffer.from(part).toString();
      if (text.includes('"content":"')) onText();
      if (text.includes("[DONE]")) outcome.done = true;
    }
  } catch {
    // The server died under it.
  }
  return outcome;
}

const open = async (): Promise<number> => {
  const [row] = await db.owner<
    { n: number }[]
  >`select count(*)::int as n from inference.tasks where status = 'pending'`;
  return row?.n ?? -1;
};

test("killed in mid-stream with 50 requests in flight: nobody is charged for an unfinished answer, nothing is left behind", async () => {
  let seen = 0;
  let killed: Promise<void> | null = null;
  const kill = (): void => {
    seen += 1;
    // Some answers are complete by then, some under way, most still waiting.
    if (seen === 300) killed = network.server().kill("SIGKILL");
  };
  const outcomes = await Promise.all(Array.from({ length: IN_FLIGHT }, () => stream(kill)));
  await (killed ?? network.server().kill("SIGKILL"));
  expect(await open()).toBeGreaterThan(20);
  await network.restartServer();
  await network.untilServed("far-mini");
  expect(await open()).toBe(0);

  const rows = await db.owner<
    { task_id: string; status: string; cost_far: string; error_code: string | null }[]
  >`select task_id, status, cost_far, error_code from inference.tasks`;
  expect(rows.length).toBe(IN_FLIGHT);
  const lost = rows.filter((r) => r.error_code === "server_restarted");
  expect(lost.length).toBeGreaterThan(20);
  expect(lost.every((r) => r.status === "failed" && r.cost_far === "0")).toBe(true);
  for (const { taskId } of outcomes.filter((o) => o.done))
    expect(rows.find((r) => r.task_id === taskId)?.status).toBe("completed");
  const [balance] = await builder.client.balances.list();
  const spent = rows.reduce((sum, r) => sum + BigInt(r.cost_far), 0n);
  expect(balance).toMatchObject({ reserved: "0", available: (10n ** 21n - spent).toString() });
  expect(await network.admin("/audit")).toMatchObject({ findings: [] });
}, 90_000);

test("and it serves again, at once", async () => {
  const answer = await builder.client.chat.completions.create({
    model: "far-mini",
    messages: [{ role: "user", content: "What is FAR?" }],
    max_tokens: 30,
  });
  expect(answer.choices[0]?.message.content).toBeTruthy();
}, 30_000);
