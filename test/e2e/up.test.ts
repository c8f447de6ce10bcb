/** The first thing a newcomer does, and the second: stop and start again. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createUp, type NetworkFile, type Up } from "../support/up.ts";

let up: Up;
let network: NetworkFile;

beforeAll(async () => {
  up = await createUp();
  network = await up.start();
}, 120_000);
afterAll(() => up?.close());

const tasks = async (): Promise<{ task_id: string }[]> =>
  (JSON.parse((await up.far("tasks", "list", "--json")).output) as { data: { task_id: string }[] }).data;

test("the printed curl is answered", async () => {
  const printed = up.process().output();
  expect(printed).toContain(`curl ${network.api}/v1/chat/completions`);
  expect(printed).toContain(network.apiKey);
  expect(printed).toMatch(/local chain.*play money/);
  expect(printed).toMatch(/demo model/);
  const { status, text } = await up.ask("How are operators paid?");
  expect(status).toBe(200);
  expect(
    (JSON.parse(text) as { choices: { message: { content: string } }[] }).choices[0]?.message.content.length,
  ).toBeGreaterThan(10);
});

test("chat streams in the terminal and says what it cost; a second up says that it already runs", async () => {
  const chat = await up.far("chat", "How are operators paid?");
  expect(chat.code).toBe(0);
  expect(chat.output).toMatch(/FAR · task_/);
  const second = await up.far("up");
  expect(second.output).toContain("already runs");
});

test("a charge is explained by its task", async () => {
  const [task] = await tasks();
  const shown = await up.far("tasks", "show", task?.task_id ?? "");
  expect(shown.code).toBe(0);
  expect(shown.output).toContain(task?.task_id ?? "-");
});

test("part of the balance is withdrawn at once, and the network knows that it was paid", async () => {
  const done = await up.far("withdraw", "1.5", "--yes", "--json");
  expect(done.output).toContain("at once");
  expect(done.code).toBe(0);
  const paid = JSON.parse(/^\{.*\}$/m.exec(done.output)?.[0] ?? "{}") as { paid: string; transaction: string };
  expect(paid).toMatchObject({ paid: (15n * 10n ** 17n).toString(), transaction: expect.stringMatching(/^0x/) });
  await expect.poll(async () => (await up.audit()).findings, { timeout: 20_000 }).toEqual([]);
  const status = JSON.parse((await up.far("status", "--json")).output) as { solvency: { difference: string } };
  expect(status.solvency.difference).toBe("0");
});

test("after Ctrl-C and a new start balance and history are still there, and the deposit is not repeated", async () => {
  const before = (await up.far("balance", "--json")).output;
  const [last] = await tasks();
  up.process().child.kill("SIGINT");
  await new Promise((resolve) => up.process().child.once("exit", resolve));
  const again = await up.start();
  expect(again.apiKey).toBe(network.apiKey);
  expect((await tasks()).map((t) => t.task_id)).toContain(last?.task_id);
  const wei = (text: string): bigint => BigInt(/"available":\s*"(\d+)"/.exec(text)?.[1] ?? "0");
  const after = wei((await up.far("balance", "--json")).output);
  // At most the first answer that a start asks for was paid meanwhile.
  expect(after).toBeLessThanOrEqual(wei(before));
  expect(after).toBeGreaterThan(wei(before) - 10n ** 17n);
  expect(await up.audit()).toMatchObject({ findings: [] });
}, 120_000);
