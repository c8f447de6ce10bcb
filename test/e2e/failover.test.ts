/**
 * A node is killed in mid-stream. Four streams run on it at once, so that its engine is under way in all of them, on prompts that are in
 * nobody's training text. A schema with a long string keeps the small model talking; what it says is its own.
 */
import { testDatabase } from "@farlabs/server/testing";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Account, type Builder, type Network, type Process, startNetwork } from "../support/network.ts";

const db = await testDatabase();
let network: Network;
let builder: Builder;
let openai: OpenAI;

/** One node with an owner of its own, so that every wei it earns is seen apart. */
interface Node {
  name: string;
  owner: Account;
  token: string;
  nodeId: string;
  process: Process;
}
const nodes: Node[] = [];

async function addNode(name: string): Promise<Node> {
  const owner = await network.account();
  const token = await network.joinToken(owner);
  const process = await network.agent(token, undefined, name);
  const nodeId = (await owner.session.nodes.list()).data[0]?.node_id ?? "";
  const node = { name, owner, token, nodeId, process };
  nodes.push(node);
  return node;
}

beforeAll(async () => {
  network = await startNetwork({ databaseUrl: db.url });
  builder = await network.builder(1_000);
  openai = new OpenAI({ baseURL: `${network.url()}/v1`, apiKey: builder.apiKey, maxRetries: 0 });
  await addNode("first");
  await network.untilServed("far-mini");
}, 120_000);
afterAll(() => network?.close());

const schema = {
  type: "object",
  properties: {
    text: { type: "string", minLength: 100, maxLength: 200 },
    numbers: { type: "array", items: { type: "integer" }, minItems: 10, maxItems: 20 },
  },
  required: ["text", "numbers"],
  additionalProperties: false,
};
const request = (prompt: string) => ({
  model: "far-mini",
  messages: [{ role: "user" as const, content: prompt }],
  max_tokens: 400,
  temperature: 0,
  stream: true as const,
  response_format: { type: "json_schema" as const, json_schema: { name: "long", schema } },
});

const words = [
  "zebra",
  "cellar",
  "Tuesday",
  "violin",
  "because",
  "harbour",
  "19",
  "moss",
  "nevertheless",
  "coral",
  "##",
  "quartz",
  "Ω",
  "lantern",
  "{",
  "oboe",
];
/** Texts nobody trained on: word salads from a fixed rule. */
const salads = Array.from({ length: 16 }, (_, i) =>
  Array.from({ length: 6 + (i % 5) }, (_, j) => words[(i * 7 + j * (3 + i)) % words.length]).join(" "),
);

interface Streamed {
  text: string;
  taskId: string;
  failed: string | null;
}

async function stream(
  prompt: string,
  onToken: (taskId: string, count: number) => void = () => undefined,
): Promise<Streamed> {
  const { data, response } = await openai.chat.completions.create(request(prompt)).withResponse();
  const taskId = response.headers.get("x-far-task-id") ?? "";
  const out: Streamed = { text: "", taskId, failed: null };
  let count = 0;
  try {
    for await (const chunk of data) {
      const piece = chunk.choices[0]?.delta.content ?? "";
      out.text += piece;
      if (piece !== "") onToken(taskId, ++count);
    }
  } catch (error) {
    out.failed = (error as { code?: string }).code ?? String(error);
  }
  return out;
}

/** Prompts whose uninterrupted answers are long enough to be cut. */
async function longAnswers(count: number): Promise<{ prompt: string; text: string }[]> {
  const found: { prompt: string; text: string }[] = [];
  for (const prompt of salads) {
    const { text } = await stream(prompt);
    if (text.length >= 100) found.push({ prompt, text });
    if (found.length === count) return found;
  }
  throw new Error(`only ${found.length} of ${salads.length} word salads give a long answer`);
}

test("killed at ten token positions: the same text, billed once, both nodes paid for what they delivered", async () => {
  const answers = await longAnswers(4);
  await addNode("second");
  let continued = 0;
  for (const position of [1, 2, 3, 5, 8, 11, 15, 19, 24, 30]) {
    let killed: Promise<void> | null = null;
    const kill = async (taskId: string): Promise<void> => {
      const { node_id: at } = await builder.client.tasks.get(taskId);
      const node = nodes.find((n) => n.nodeId === at);
      await node?.process.kill("SIGKILL");
    };
    const results = await Promise.all(
      answers.map(({ prompt }, i) =>
        stream(prompt, (taskId, count) => {
          if (i === 0 && count >= position) killed ??= kill(taskId);
        }),
      ),
    );
    await killed;
    results.forEach((result, i) => {
      expect(result.failed).toBeNull();
      expect(result.text).toBe(answers[i]?.text);
    });
    continued += await checkMoney(results);
    for (const node of nodes) {
      if (node.process.child.exitCode === null && node.process.child.signalCode === null) continue;
      node.process = await network.agent(node.token, undefined, node.name);
    }
  }
  // The rest had ended, or had not begun, when their node died.
  expect(continued).toBeGreaterThanOrEqual(10);
  expect(await network.admin("/audit")).toMatchObject({ findings: [] });
}, 120_000);

/** @returns how many of the tasks were delivered by two nodes */
async function checkMoney(results: readonly Streamed[]): Promise<number> {
  let continued = 0;
  for (const { taskId } of results) {
    const task = await builder.client.tasks.get(taskId);
    const receipt = await builder.client.request<{
      charge: string;
      split: { operator: string; stakers: string; treasury: string };
      nodes: { node_id: string; tokens: number; amount: string }[];
    }>({ method: "GET", path: `/api/v1/tasks/${taskId}/receipt` });
    expect(task.status).toBe("completed");
    expect(receipt.charge).toBe(task.cost_far);
    const { operator, stakers, treasury } = receipt.split;
    expect(BigInt(operator) + BigInt(stakers) + BigInt(treasury)).toBe(BigInt(receipt.charge));
    const paying = task.attempts.filter((a) => BigInt(a.paid) > 0n);
    expect(paying.length).toBe(receipt.nodes.length);
    expect(paying.reduce((sum, a) => sum + BigInt(a.paid), 0n)).toBe(BigInt(operator));
    if (paying.length > 1) continued += 1;
  }
  return continued;
}

test("with one node only: an error event, no [DONE], no charge", async () => {
  for (const node of nodes.slice(1)) await node.process.kill("SIGKILL");
  await new Promise((resolve) => setTimeout(resolve, 500));
  const [answer] = await longAnswers(1);
  const before = await builder.client.balances.list();
  const response = await fetch(`${network.url()}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${builder.apiKey}`, "content-type": "application/json" },
    body: JSON.stringify(request(answer?.prompt ?? "")),
  });
  let body = "";
  for await (const part of response.body ?? []) {
    body += Buffer.from(part).toString();
    if (body.includes('"content":"{')) void nodes[0]?.process.kill("SIGKILL");
  }
  expect(body).toMatch(/"error":\{"code":"node_lost"/);
  expect(body).not.toContain("[DONE]");
  expect(body).not.toContain('"finish_reason":"stop"');
  const task = await builder.client.tasks.get(response.headers.get("x-far-task-id") ?? "");
  expect([task.status, task.cost_far]).toEqual(["failed", "0"]);
  expect(await builder.client.balances.list()).toEqual(before);
}, 60_000);
