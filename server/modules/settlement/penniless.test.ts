/** A payer without money under caps that count what is declared: it takes room like any other, and holds no epoch up. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { testDatabase } from "#testing";
import { type Bench, startBench } from "./harness.ts";
import { solvency } from "./operations/solvency.ts";

const FAR = 10n ** 18n;
const db = await testDatabase();
let bench: Bench;

beforeAll(async () => {
  bench = await startBench({ sql: db.sql, params: { epochCapBps: 2_000, dayCapBps: 6_000 } });
});
afterAll(() => bench.close());

async function funded(): Promise<Awaited<ReturnType<Bench["network"]["wallet"]>>> {
  const wallet = await bench.network.wallet(100n * FAR);
  await wallet.chain.approve({ amountWei: 100n * FAR });
  await wallet.chain.deposit({ amountWei: 100n * FAR });
  await bench.round();
  return wallet;
}

it("settles a payer that left without paying and one that stayed, epoch by epoch within the caps", async () => {
  const [leaver, stayer] = [await funded(), await funded()];
  const pay = (payer: string) => bench.pay({ payer: payer.toLowerCase(), chargeWei: 10n * FAR });
  for (let i = 0; i < 4; i += 1) await pay(leaver.account.address);
  await leaver.chain.requestExit();
  await bench.network.passTime(61);
  await leaver.chain.finishExit({ wallet: leaver.account.address });
  await pay(stayer.account.address);
  await bench.settled();
  expect(await bench.onChain(stayer.account.address)).toBe(90n * FAR);
  const rows = await db.owner<
    { declared: string }[]
  >`SELECT declared_wei AS declared FROM settlement.epochs ORDER BY epoch`;
  // A fifth of the 100 FAR that are left, and of what becomes of them.
  for (const { declared } of rows) expect(BigInt(declared)).toBeLessThanOrEqual(20n * FAR);
  expect(rows.reduce((sum, row) => sum + BigInt(row.declared), 0n)).toBe(50n * FAR);
  expect((await solvency(bench.context)).difference).toBe("0");
});
