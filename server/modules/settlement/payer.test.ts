/**
 * A payer with two wallets deposits, spends, asks for vouchers and submits them at once, late or never, puts tasks on chain and takes them back,
 * exits, takes exits back, waits, and starts again, in any order: at no moment has it taken out more than it paid in less what it spent. Real ledger, real contract, listener and settler running behind, chain time moved by hand.
 *
 * The network is alive while time passes (its rounds come every two seconds, an exit takes a minute); between two acts of the payer without time
 * in between it may have seen anything or nothing. A task that runs when its wallet freezes is ended before the exit matures, as inference
 * does on `settlement.wallet_frozen`. What happens when settlement is down for longer than an exit takes is in exits.test.ts.
 */

import { startTestNetwork, type TestNetwork, type TestWallet } from "@farlabs/chain/local/testing";
import type { Withdrawal } from "@farlabs/protocol";
import fc from "fast-check";
import { bytesToHex, type Hex } from "viem";
import { afterAll, expect, it } from "vitest";
import { testDatabase } from "#testing";
import { audit } from "./audit/audit.ts";
import { deepRuns } from "./config.ts";
import { type Bench, emptyBooks, startBench } from "./harness.ts";
import { solvency } from "./operations/solvency.ts";
import { withdraw } from "./vouchers/withdraw.ts";

const FAR = 10n ** 18n;
const EXIT_S = 60;
const WINDOW_S = 7 * 86_400;
/** Long enough for a task to be begun and to end, however far this clock runs ahead of the chain. */
const TASK_S = 20_000;
/** A voucher is good for an hour. */
const VOUCHER_PAST_S = 3_610;
/** More than a hundred schedules can spend. */
const PURSE_WEI = 100_000n * FAR;
const RUNS = deepRuns(60, 1_000);
/** A chain's file grows with its blocks. */
const RUNS_PER_CHAIN = 100;

type VoucherAct = { act: "withdraw"; which: number; far: number } | { act: "submit"; which: number };
type TaskAct = { act: "createTask"; which: number; far: number } | { act: "beginTask" | "reclaimTask"; which: number };
type Act =
  | { act: "deposit" | "spend" | "begin"; which: number; far: number }
  | { act: "end"; which: number; percent: number }
  | { act: "requestExit" | "cancelExit" | "finishExit"; which: number }
  | VoucherAct
  | TaskAct
  | { act: "round" }
  | { act: "wait"; seconds: number };

const far = fc.integer({ min: 1, max: 30 });
/** Anything a wallet may do, however untimely. */
const single = (which: number): fc.Arbitrary<Act> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ act: fc.constant("deposit" as const), which: fc.constant(which), far }) },
    { weight: 6, arbitrary: fc.record({ act: fc.constant("spend" as const), which: fc.constant(which), far }) },
    { weight: 3, arbitrary: fc.record({ act: fc.constant("begin" as const), which: fc.constant(which), far }) },
    { weight: 2, arbitrary: fc.nat(100).map((percent): Act => ({ act: "end", which, percent })) },
    {
      weight: 4,
      arbitrary: fc.constantFrom<Act>(
        { act: "requestExit", which },
        { act: "cancelExit", which },
        { act: "finishExit", which },
      ),
    },
    { weight: 4, arbitrary: fc.record({ act: fc.constant("withdraw" as const), which: fc.constant(which), far }) },
    { weight: 2, arbitrary: fc.record({ act: fc.constant("createTask" as const), which: fc.constant(which), far }) },
    {
      weight: 6,
      arbitrary: fc.constantFrom<Act>(
        { act: "submit", which },
        { act: "beginTask", which },
        { act: "reclaimTask", which },
      ),
    },
    { weight: 3, arbitrary: fc.constant<Act>({ act: "round" }) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(5, 30, TASK_S + 1, VOUCHER_PAST_S, WINDOW_S)
        .map((seconds): Act => ({ act: "wait", seconds })),
    },
  );
/** An exit from request to payment with other acts of either wallet in every gap; by chance alone one is hardly ever seen through. */
const exit = (which: number): fc.Arbitrary<Act[]> => {
  const gap = fc.array(
    fc.nat(3).chain((n) => single(n === 0 ? 1 - which : which)),
    { maxLength: 3 },
  );
  return fc
    .tuple(gap, gap, gap)
    .map(([before, during, after]) => [
      ...[{ act: "deposit", which, far: 30 } as const, ...before, { act: "requestExit", which } as const],
      ...[...during, { act: "wait", seconds: EXIT_S } as const, ...after, { act: "finishExit", which } as const],
    ]);
};
/** A voucher from request to payment, and one that an exit, time or nobody takes away in between. */
const voucher = (which: number): fc.Arbitrary<Act[]> => {
  const gap = fc.array(
    fc.nat(3).chain((n) => single(n === 0 ? 1 - which : which)),
    { maxLength: 2 },
  );
  return fc
    .tuple(gap, gap, fc.integer({ min: 1, max: 30 }))
    .map(([before, during, amount]) => [
      ...[{ act: "deposit", which, far: 30 } as const, ...before, { act: "round" } as const],
      ...[{ act: "withdraw", which, far: amount } as const, ...during, { act: "submit", which } as const],
    ]);
};
/** A task on chain: either run, and then there is nothing to take back, or left until its user may. */
const chainTask = (which: number): fc.Arbitrary<Act[]> => {
  const gap = fc.array(single(which), { maxLength: 2 });
  return fc.tuple(gap, gap, far, fc.boolean()).map(([before, during, amount, isRun]): Act[] => {
    const middle: Act = isRun ? { act: "beginTask", which } : { act: "wait", seconds: TASK_S + 1 };
    const create: Act[] = [{ act: "createTask", which, far: amount }, ...before, { act: "round" }];
    return [...create, middle, ...during, { act: "reclaimTask", which }];
  });
};
const schedules = fc
  .array(
    fc
      .nat(1)
      .chain((which) =>
        fc.oneof(
          { weight: 4, arbitrary: single(which).map((a) => [a]) },
          { weight: 2, arbitrary: exit(which) },
          { weight: 1, arbitrary: voucher(which) },
          { weight: 1, arbitrary: chainTask(which) },
        ),
      ),
    { minLength: 3, maxLength: 8 },
  )
  .map((parts) => parts.flat());

interface Payer {
  wallets: TestWallet[];
  depositedWei: bigint;
  spentWei: bigint;
  /** FAR tokens both wallets held at the start. */
  startWei: bigint;
  running: { id: string; wallet: string; reservedWei: bigint }[];
  vouchers: { which: number; view: Withdrawal }[];
  tasks: { which: number; id: Hex; wei: bigint }[];
}

const address = (wallet: TestWallet): string => wallet.account.address.toLowerCase();

const tokensOf = async (network: TestNetwork, wallets: readonly TestWallet[]): Promise<bigint> => {
  const held = await Promise.all(wallets.map((w) => network.roles.oracle.tokenBalance({ wallet: w.account.address })));
  return held.reduce((sum, wei) => sum + wei, 0n);
};

async function newWallets(network: TestNetwork): Promise<TestWallet[]> {
  const wallets = [await network.wallet(PURSE_WEI), await network.wallet(PURSE_WEI)];
  for (const wallet of wallets) await wallet.chain.approve({ amountWei: 10n ** 27n });
  return wallets;
}

/** Wallets that everything was taken out of start again as new ones do, but for their exit counters. */
async function startPayer(network: TestNetwork, wallets: TestWallet[]): Promise<Payer> {
  const startWei = await tokensOf(network, wallets);
  return { wallets, depositedWei: 0n, spentWei: 0n, startWei, running: [], vouchers: [], tasks: [] };
}

/** Ends a task with part of its reserve; a refused post would be a fault of ours. */
async function end(bench: Bench, payer: Payer, percent: number): Promise<void> {
  const task = payer.running.shift();
  if (task === undefined) return;
  const chargeWei = (task.reservedWei * BigInt(percent)) / 100n;
  const outcome = chargeWei === 0n ? await bench.void(task.id) : await bench.post(task.id, task.wallet, chargeWei);
  expect(outcome.ok).toBe(true);
  payer.spentWei += chargeWei;
}

async function wait(bench: Bench, payer: Payer, seconds: number): Promise<void> {
  while (payer.running.length > 0) await end(bench, payer, 50);
  await bench.settled();
  await bench.passTime(seconds);
  await bench.round();
}

/** The contract may refuse, and then nothing happened. */
const maybe = (call: Promise<unknown>): Promise<boolean> =>
  call.then(
    () => true,
    () => false,
  );

/** The oldest of a wallet's that was not used yet. */
function takeOldest<T extends { which: number }>(rows: T[], which: number): T | undefined {
  const at = rows.findIndex((row) => row.which === which);
  return at < 0 ? undefined : rows.splice(at, 1)[0];
}

async function performVoucher(bench: Bench, payer: Payer, act: VoucherAct): Promise<void> {
  const wallet = payer.wallets[act.which];
  if (wallet === undefined) return;
  if (act.act === "withdraw") {
    const principal = { accountId: "acc_payer", wallets: payer.wallets.map(address) };
    const amountWei = BigInt(act.far) * FAR;
    await maybe(
      withdraw(bench.context, { principal, wallet: address(wallet), amountWei }).then((view) => {
        payer.vouchers.push({ which: act.which, view });
      }),
    );
    return;
  }
  const view = takeOldest(payer.vouchers, act.which)?.view;
  if (view === undefined) return;
  const voucher = {
    ...{ wallet: wallet.account.address, amountWei: BigInt(view.amount), nonce: BigInt(view.nonce) },
    ...{ exitCounter: BigInt(view.exit_counter), expiresAtS: BigInt(view.expires_at) },
  };
  if (await maybe(wallet.chain.withdrawVoucher({ voucher, signature: view.signature as Hex }))) vouchersPaid += 1;
}

async function performTask(bench: Bench, payer: Payer, act: TaskAct): Promise<void> {
  const wallet = payer.wallets[act.which];
  if (wallet === undefined) return;
  if (act.act === "createTask") {
    const [id, wei] = [bytesToHex(crypto.getRandomValues(new Uint8Array(32))), BigInt(act.far) * FAR];
    await wallet.chain.createTask({ taskId: id, estimatedWei: wei });
    payer.depositedWei += wei;
    payer.tasks.push({ which: act.which, id, wei });
    return;
  }
  const task = payer.tasks.find((t) => t.which === act.which);
  if (task === undefined) return;
  if (act.act === "beginTask") {
    const id = await bench.reserve(`task:${task.id}`, task.wei);
    if (id === null) return;
    payer.running.push({ id, wallet: `task:${task.id}`, reservedWei: task.wei });
    tasksBegun += 1;
    return;
  }
  if (await maybe(wallet.chain.reclaimTask({ taskId: task.id }))) {
    payer.tasks.splice(payer.tasks.indexOf(task), 1);
    tasksReclaimed += 1;
  }
}

async function perform(bench: Bench, payer: Payer, act: Act): Promise<void> {
  const wallet = payer.wallets["which" in act ? act.which : 0];
  if (wallet === undefined) return;
  switch (act.act) {
    case "deposit": {
      const amountWei = BigInt(act.far) * FAR;
      if (await maybe(wallet.chain.deposit({ amountWei }))) payer.depositedWei += amountWei;
      return;
    }
    case "spend":
    case "begin": {
      const reservedWei = BigInt(act.far) * FAR;
      const id = await bench.reserve(address(wallet), reservedWei);
      if (id === null) return;
      payer.running.push({ id, wallet: address(wallet), reservedWei });
      if (act.act === "spend") await end(bench, payer, 90);
      return;
    }
    case "end":
      return end(bench, payer, act.percent);
    case "requestExit":
      await maybe(wallet.chain.requestExit());
      return;
    case "cancelExit":
      await maybe(wallet.chain.cancelExit());
      return;
    case "finishExit":
      if (await maybe(wallet.chain.finishExit({ wallet: wallet.account.address }))) exitsPaid += 1;
      return;
    case "withdraw":
    case "submit":
      return performVoucher(bench, payer, act);
    case "createTask":
    case "beginTask":
    case "reclaimTask":
      return performTask(bench, payer, act);
    case "round":
      await bench.round();
      return;
    case "wait":
      return wait(bench, payer, act.seconds);
  }
}

async function takenOut(bench: Bench, payer: Payer): Promise<bigint> {
  return (await tokensOf(bench.network, payer.wallets)) - payer.startWei + payer.depositedWei;
}

/** Everybody out: now what was taken is exactly what was left. */
async function leave(bench: Bench, payer: Payer): Promise<void> {
  const request = () => Promise.all(payer.wallets.map((w) => maybe(w.chain.requestExit())));
  const finish = () => Promise.all(payer.wallets.map((w) => maybe(w.chain.finishExit({ wallet: w.account.address }))));
  await wait(bench, payer, TASK_S + 1);
  for (const task of payer.tasks)
    await maybe(payer.wallets[task.which]?.chain.reclaimTask({ taskId: task.id }) ?? Promise.reject());
  await request();
  await wait(bench, payer, EXIT_S);
  const [first, second] = await finish();
  if (first !== true || second !== true) {
    // An older request had lapsed meanwhile; this one is the last.
    await request();
    await wait(bench, payer, EXIT_S);
    await finish();
  }
  await bench.settled();
}

const db = await testDatabase();
let network: TestNetwork | null = null;
let bench: Bench | null = null;
let wallets: TestWallet[] = [];
let runs = 0;
/** In mid-schedule; shows that the schedules reach what they are about. */
let exitsPaid = 0;
let vouchersPaid = 0;
let tasksBegun = 0;
let tasksReclaimed = 0;

async function fresh(): Promise<Bench> {
  if (bench !== null && runs % RUNS_PER_CHAIN !== 0) return bench;
  await stop();
  // Another chain, other books.
  await emptyBooks(db.owner);
  network = await startTestNetwork({ params: { exitDelayS: EXIT_S, exitWindowS: WINDOW_S, taskTimeoutS: TASK_S } });
  bench = await startBench({ sql: db.sql, network });
  wallets = await newWallets(network);
  return bench;
}

async function stop(): Promise<void> {
  await bench?.close();
  await network?.close();
  bench = null;
  network = null;
}
afterAll(stop);

it(`never takes out more than deposited less spent, over ${RUNS} schedules`, { timeout: RUNS * 20_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(schedules, async (schedule) => {
      const on = await fresh();
      runs += 1;
      const payer = await startPayer(on.network, wallets);
      for (const act of schedule) {
        await perform(on, payer, act);
        expect(await takenOut(on, payer)).toBeLessThanOrEqual(payer.depositedWei - payer.spentWei);
      }
      await leave(on, payer);
      expect(await takenOut(on, payer)).toBe(payer.depositedWei - payer.spentWei);
      expect((await solvency(on.context)).difference).toBe("0");
      for (const wallet of payer.wallets) {
        expect(await on.ledger.balance(`far:wallet:${address(wallet)}`)).toMatchObject({ posted: 0n, frozen: false });
        for (const kind of ["receivable", "voucher"])
          expect((await on.ledger.balance(`far:${kind}:${address(wallet)}`)).posted).toBe(0n);
      }
      if (runs % 10 === 0) expect((await audit(on.context, {})).findings).toEqual([]);
    }),
    { numRuns: RUNS, seed: 20_260, endOnFailure: true },
  );
  expect(exitsPaid).toBeGreaterThan(RUNS / 2);
  expect(vouchersPaid).toBeGreaterThan(RUNS / 4);
  expect(tasksBegun).toBeGreaterThan(RUNS / 10);
  expect(tasksReclaimed).toBeGreaterThan(RUNS / 10);
});
