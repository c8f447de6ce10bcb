/** The server kills itself, as kill -9 does, at every point between two durable steps of settlement; the next one goes on where it was. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testDatabase } from "@farlabs/server/testing";
import { parseEther } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Builder, type Network, startNetwork } from "../support/network.ts";

/** Of settlement's `operations/context.ts`. */
const POINTS = [
  ...["listener.applied", "listener.events", "voucher.stored", "epoch.stored", "epoch.signed", "epoch.sent"],
  ...["task.signed", "task.sent", "file.written"],
];
const PATIENCE_MS = 30_000;
const db = await testDatabase();
const files = mkdtempSync(join(tmpdir(), "far-epochs-"));
const env: Record<string, string> = {
  ...{ SETTLEMENT_EPOCH_INTERVAL_S: "1", EPOCH_FILES_DIR: files },
  // What was signed and perhaps not sent is sent again after this.
  SETTLEMENT_RESEND_S: "2",
};
let network: Network;
let builder: Builder;

beforeAll(async () => {
  network = await startNetwork({ databaseUrl: db.url, env });
  builder = await network.builder(100);
  await network.agent(await network.joinToken(await network.account()));
  await network.untilServed("far-mini");
}, 120_000);
afterAll(async () => {
  await network?.close();
  rmSync(files, { recursive: true, force: true });
});

async function until(what: string, check: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`timed out: ${what}\n${network.server().output()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Whatever happens to it: the server may be dead by then. */
const attempt = (call: Promise<unknown>): Promise<unknown> => call.catch(() => undefined);

async function ask(headers: Record<string, string> = {}): Promise<void> {
  await fetch(`${network.url()}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${builder.apiKey}`, "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "far-mini", max_tokens: 8, messages: [{ role: "user", content: "What is FAR?" }] }),
  }).then((response) => response.text());
}

const rowOf = async <T>(query: Promise<T[]>): Promise<T | undefined> => (await query)[0];

const isSettled = async (): Promise<boolean> =>
  (
    await rowOf(
      db.owner<{ done: boolean }[]>`
        select not exists (select 1 from settlement.receipts where epoch is null)
          and not exists (select 1 from settlement.epochs where status <> 'settled') as done`,
    )
  )?.done === true;

/** Something of everything: a deposit, a task on chain and one off it, a withdrawal. */
async function live(): Promise<void> {
  const { wallet, session, address } = builder;
  const taskId = `0x${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex")}` as const;
  await wallet.chain.deposit({ amountWei: parseEther("1") });
  await wallet.chain.createTask({ taskId, estimatedWei: parseEther("5") });
  await attempt(
    until("the task on chain is known", async () => {
      const seen = await db.owner`select 1 from settlement.chain_tasks where id = ${taskId}`;
      return seen.length > 0 || network.server().child.signalCode !== null;
    }),
  );
  await attempt(ask());
  await attempt(ask({ "x-far-onchain-task": taskId }));
  const body = { wallet: address, amount: parseEther("0.5").toString() };
  await attempt(session.request({ method: "POST", path: "/api/v1/withdrawals", body }));
}

test.each(POINTS)(
  "killed at %s: everything is done once",
  async (point) => {
    env.CRASH_AT = point;
    await network.restartServer();
    await attempt(network.untilServed("far-mini"));
    await attempt(live());
    await until(`the server dies at ${point}`, () => network.server().child.signalCode === "SIGKILL");

    delete env.CRASH_AT;
    await network.restartServer();
    await network.untilServed("far-mini");
    await ask();
    await until("everything is settled", isSettled);
    await until("every epoch has its file", async () => {
      const last = await rowOf(db.owner<{ n: number }[]>`select count(*)::int as n from settlement.epochs`);
      return readdirSync(files).filter((name) => /^epoch-\d+\.json$/.test(name)).length === last?.n;
    });
    expect(await network.admin("/audit")).toMatchObject({ findings: [] });
    const solvency = (await (await fetch(`${network.url()}/api/v1/network/solvency`)).json()) as { difference: string };
    expect(solvency.difference).toBe("0");
  },
  120_000,
);
