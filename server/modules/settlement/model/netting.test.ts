import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { netEpoch } from "./netEpoch.ts";
import { type EpochLimits, type PendingReceipt, selectReceipts } from "./selectReceipts.ts";

const wallet = (n: number): string => `0x${n.toString(16).padStart(40, "0")}`;

function receipt(id: number, payer: number, owners: readonly number[], unit: bigint): PendingReceipt {
  const amountWei = unit * 3n;
  const operatorWei = amountWei * BigInt(owners.length);
  const stakersWei = operatorWei / 3n;
  return {
    taskId: `task_${id}`,
    wallet: wallet(payer),
    chargeWei: operatorWei + stakersWei + stakersWei,
    stakersWei,
    treasuryWei: stakersWei,
    nodes: owners.map((owner) => ({ owner: wallet(1000 + owner), amountWei })),
  };
}

const roomy: EpochLimits = { payersMax: 400, payeesMax: 400, tasksMax: 10_000, amountWeiMax: 10n ** 30n };

const pendingOf = fc
  .array(
    fc.record({
      payer: fc.nat(6),
      owners: fc.uniqueArray(fc.nat(8), { minLength: 1, maxLength: 3 }),
      unit: fc.bigInt(1n, 1_000n),
    }),
    { maxLength: 60 },
  )
  .map((rows) =>
    rows
      .map((r, i) => receipt(i, r.payer, r.owners, r.unit))
      .sort((a, b) => (a.wallet < b.wallet ? -1 : a.wallet > b.wallet ? 1 : 0)),
  );
const limitsOf = fc.record({
  payersMax: fc.integer({ min: 1, max: 5 }),
  payeesMax: fc.integer({ min: 3, max: 8 }),
  tasksMax: fc.integer({ min: 1, max: 40 }),
  amountWeiMax: fc.bigInt(1n, 60_000n),
});

describe("netting", () => {
  it("conserves value and pays each payer and payee once", () => {
    fc.assert(
      fc.property(pendingOf, (pending) => {
        const netted = netEpoch(pending);
        const credited = netted.credits.reduce((sum, c) => sum + c.amountWei, 0n);
        expect(netted.declaredWei).toBe(credited + netted.stakersWei + netted.treasuryWei);
        expect(new Set(netted.debits.map((d) => d.wallet)).size).toBe(netted.debits.length);
        expect(new Set(netted.credits.map((c) => c.payee)).size).toBe(netted.credits.length);
      }),
    );
  });

  it("stays within every limit and splits no payer but a first one that fits nowhere", () => {
    fc.assert(
      fc.property(pendingOf, limitsOf, (pending, limits) => {
        const chosen = selectReceipts(pending, limits);
        const netted = netEpoch(chosen);
        expect(netted.debits.length).toBeLessThanOrEqual(limits.payersMax);
        expect(netted.credits.length).toBeLessThanOrEqual(limits.payeesMax);
        expect(chosen.length).toBeLessThanOrEqual(limits.tasksMax);
        expect(netted.declaredWei <= limits.amountWeiMax).toBe(true);
        const of = (rows: readonly PendingReceipt[], w: string) => rows.filter((r) => r.wallet === w);
        const split = netted.debits.filter((d) => of(chosen, d.wallet).length < of(pending, d.wallet).length);
        expect(split.length).toBeLessThanOrEqual(1);
        for (const { wallet: w } of split) {
          const part = of(chosen, w);
          expect(part).toEqual(of(pending, w).slice(0, part.length));
          expect(chosen[0]?.wallet).toBe(w);
        }
      }),
    );
  });

  it("makes progress while any receipt fits alone", () => {
    fc.assert(
      fc.property(pendingOf, limitsOf, (pending, limits) => {
        const first = new Map(pending.toReversed().map((r) => [r.wallet, r]));
        const possible = [...first.values()].some((r) => r.chargeWei <= limits.amountWeiMax);
        expect(selectReceipts(pending, limits).length > 0).toBe(possible);
      }),
    );
  });

  it("takes payers in the order given", () => {
    const pending = [receipt(1, 7, [1], 1n), receipt(2, 3, [1], 1n), receipt(3, 5, [1], 1n)];
    const chosen = selectReceipts(pending, { ...roomy, payersMax: 2 });
    expect(chosen.map((r) => r.taskId)).toEqual(["task_1", "task_2"]);
  });
});
