/**
 * The process dies at every enumerated point between two durable steps, and another goes on: a deposit, a withdrawal, a single task, an
 * epoch and its file, each done once. Here the death is an error that nothing survives; crash.process.test.ts kills real processes.
 */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestWallet } from "@farlabs/chain/local/testing";
import { bytesToHex } from "viem";
import { afterAll, beforeAll, expect, it } from "vitest";
import { testDatabase } from "#testing";
import { audit } from "./audit/audit.ts";
import { type Bench, contextOf, OWNER, startBench } from "./harness.ts";
import { type Context, crashPoints } from "./operations/context.ts";
import { solvency } from "./operations/solvency.ts";
import { listVouchers } from "./vouchers/readVouchers.ts";
import { withdraw } from "./vouchers/withdraw.ts";

const FAR = 10n ** 18n;
const db = await testDatabase();
let bench: Bench;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "far-crash-"));
  bench = await startBench({ sql: db.sql });
});
afterAll(async () => {
  await bench.close();
  await rm(directory, { recursive: true, force: true });
});

class Crash extends Error {}

const address = (wallet: TestWallet): string => wallet.account.address.toLowerCase();
const posted = async (account: string): Promise<bigint> => (await bench.ledger.balance(account)).posted;

/** A process that dies once at this point, and the one that is started after it. */
function mortal(point: string): { dying: Context; next: Context; died: () => boolean } {
  const config = { ...bench.context.config, EPOCH_FILES_DIR: directory };
  const next = contextOf(bench, { config });
  let died = false;
  const crashPoint = (name: string) => {
    if (name !== point || died) return;
    died = true;
    throw new Crash(name);
  };
  return { dying: { ...next, crashPoint }, next, died: () => died };
}

const survive = (call: Promise<unknown>): Promise<unknown> =>
  call.catch((error: unknown) => expect(error).toBeInstanceOf(Crash));

it.each(crashPoints)("at %s loses nothing and doubles nothing", async (point) => {
  const { dying, next, died } = mortal(point);
  const payer = await bench.network.wallet(60n * FAR);
  await payer.chain.approve({ amountWei: 60n * FAR });
  const task = bytesToHex(crypto.getRandomValues(new Uint8Array(32)));
  const ownerBefore = await posted(`far:owner:${OWNER}`);
  const epochBefore = await bench.network.roles.oracle.settledEpoch();

  await payer.chain.deposit({ amountWei: 50n * FAR });
  await payer.chain.createTask({ taskId: task, estimatedWei: 10n * FAR });
  await survive(bench.round(dying));
  await bench.round(next);
  await bench.spend(address(payer), FAR);
  await bench.pay({ payer: `task:${task}`, chargeWei: 4n * FAR });
  for (let i = 0; i < 3; i += 1) await survive(bench.round(dying));
  await bench.settled(next);

  const principal = { accountId: "acc_crash", wallets: [address(payer)] };
  await survive(withdraw(dying, { principal, wallet: address(payer), amountWei: 5n * FAR }));
  const { data } = await listVouchers(db.sql, "acc_crash", { limit: 100 });
  const [view] = data.filter((v) => v.wallet === address(payer));
  if (view === undefined) throw new Error("what was set aside is there to be read");
  await payer.chain.withdrawVoucher({
    voucher: {
      ...{ wallet: payer.account.address, amountWei: 5n * FAR, nonce: BigInt(view.nonce) },
      ...{ exitCounter: BigInt(view.exit_counter), expiresAtS: BigInt(view.expires_at) },
    },
    signature: view.signature as `0x${string}`,
  });
  for (let i = 0; i < 2; i += 1) await survive(bench.round(dying));
  await bench.round(next);

  expect(died()).toBe(true);
  expect(await posted(`far:wallet:${address(payer)}`)).toBe(44n * FAR);
  expect(await bench.onChain(address(payer))).toBe(44n * FAR);
  expect(await bench.network.roles.oracle.tokenBalance({ wallet: payer.account.address })).toBe(11n * FAR);
  expect(await posted(`far:task:${task}`)).toBe(0n);
  expect((await posted(`far:owner:${OWNER}`)) - ownerBefore).toBe((5n * FAR * 60n) / 100n);
  const epoch = await bench.network.roles.oracle.settledEpoch();
  expect(epoch).toBe(epochBefore + 1n);
  expect(await readdir(directory)).toContain(`epoch-${epoch}.json`);
  expect((await audit(bench.context, {})).findings).toEqual([]);
  expect((await solvency(bench.context)).difference).toBe("0");
});
