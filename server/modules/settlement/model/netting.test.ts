import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { netEpoch } from "./netEpoch.ts";
import { type EpochLimits, type PendingReceipt, selectReceipts } from "./selectReceipts.ts";

const wallet = (n: number): string => `0x${n.toString(16).padStart(40, "0")}`;

interface Task {
  /** Null: the treasury. */
  payer: number | null;
  owners: readonly number[];
  unit: bigint;
  held: boolean;
}

function receipt(id: number, { payer, owners, unit, held }: Task): PendingReceipt {
  const amountWei = unit * 3n;
  const operatorWei = amountWei * BigInt(owners.length);
  const stakersWei = operatorWei / 3n;
  return {
    taskId: `task_${id}`,
    wallet: payer === null ? null : wallet(payer),
    chargeWei: operatorWei + stakersWei + stakersWei,
    stakersWei,
    treasuryWei: stakersWei,
    nodes: owners.map((owner) => ({ nodeId: `node_${owner}`, owner: wallet(1000 + owner), amountWei, held })),
  };
}

const roomy: EpochLimits = {
  ...{ payersMax: 400, holdsMax: 100, tasksMax: 10_000, amountWeiMax: 10n ** 30n, treasuryWeiMax: 10n ** 30n },
};
const sum = (rows: readonly { amountWei: bigint }[]): bigint => rows.reduce((total, row) => total + row.amountWei, 0n);
const chargeOf = (rows: readonly PendingReceipt[]): bigint => rows.reduce((total, row) => total + row.chargeWei, 0n);

const pendingOf = fc
  .array(
    fc.record({
      payer: fc.option(fc.nat(6), { freq: 4 }),
      owners: fc.uniqueArray(fc.nat(8), { minLength: 1, maxLength: 3 }),
      unit: fc.bigInt(1n, 1_000n),
      held: fc.boolean(),
    }),
    { maxLength: 60 },
  )
  .map((rows) =>
    rows
      .map((r, i) => receipt(i, r))
      .sort((a, b) => ((a.wallet ?? "") < (b.wallet ?? "") ? -1 : (a.wallet ?? "") > (b.wallet ?? "") ? 1 : 0)),
  );
const limitsOf = fc.record({
  payersMax: fc.integer({ min: 1, max: 5 }),
  holdsMax: fc.integer({ min: 3, max: 8 }),
  tasksMax: fc.integer({ min: 1, max: 40 }),
  amountWeiMax: fc.bigInt(1n, 60_000n),
  treasuryWeiMax: fc.bigInt(0n, 20_000n),
});

describe("netting", () => {
  it("conserves value and pays each payer, payee and held stake once", () => {
    fc.assert(
      fc.property(pendingOf, fc.integer({ min: 0, max: 9 }), (pending, creditsMax) => {
        const netted = netEpoch(pending, creditsMax);
        const { debits, credits, holds, rooted } = netted;
        expect(netted.declaredWei).toBe(sum(debits) + netted.treasuryDebitWei);
        expect(netted.declaredWei).toBe(
          sum(credits) + sum(holds) + sum(rooted) + netted.stakersWei + netted.treasuryWei,
        );
        expect(netted.treasuryDebitWei).toBe(chargeOf(pending.filter((r) => r.wallet === null)));
        expect(sum(netted.nodes)).toBe(sum(credits) + sum(holds) + sum(rooted));
        expect(new Set(debits.map((d) => d.wallet)).size).toBe(debits.length);
        const payees = [...credits, ...rooted].map((c) => c.payee);
        expect(new Set(payees).size).toBe(payees.length);
        expect(new Set(holds.map((h) => h.nodeId)).size).toBe(holds.length);
      }),
    );
  });

  it("lists the payees who earn most and roots the others, whatever the order of receipts", () => {
    fc.assert(
      fc.property(pendingOf, fc.integer({ min: 1, max: 5 }), (pending, creditsMax) => {
        const netted = netEpoch(pending, creditsMax);
        expect(netted.credits.length).toBeLessThanOrEqual(creditsMax);
        if (netted.rooted.length > 0) expect(netted.credits).toHaveLength(creditsMax);
        const least = netted.credits.reduce<bigint | null>(
          (min, c) => (min === null || c.amountWei < min ? c.amountWei : min),
          null,
        );
        for (const { amountWei } of netted.rooted) expect(amountWei <= (least ?? 0n)).toBe(true);
        expect(netEpoch(pending.toReversed(), creditsMax)).toEqual(netted);
      }),
    );
  });

  it("stays within every limit and splits no payer but a first one that fits nowhere", () => {
    fc.assert(
      fc.property(pendingOf, limitsOf, (pending, limits) => {
        const chosen = selectReceipts(pending, limits);
        const netted = netEpoch(chosen, 300);
        expect(netted.debits.length).toBeLessThanOrEqual(limits.payersMax);
        expect(netted.holds.length).toBeLessThanOrEqual(limits.holdsMax);
        expect(chosen.length).toBeLessThanOrEqual(limits.tasksMax);
        expect(netted.declaredWei <= limits.amountWeiMax).toBe(true);
        expect(netted.treasuryDebitWei <= limits.treasuryWeiMax).toBe(true);
        const of = (rows: readonly PendingReceipt[], w: string | null) => rows.filter((r) => r.wallet === w);
        const split = netted.debits.filter((d) => of(chosen, d.wallet).length < of(pending, d.wallet).length);
        expect(split.length).toBeLessThanOrEqual(1);
        for (const w of [...split.map((d) => d.wallet), null]) {
          const part = of(chosen, w);
          expect(part).toEqual(of(pending, w).slice(0, part.length));
          if (w !== null) expect(chosen.find((r) => r.wallet !== null)?.wallet).toBe(w);
        }
      }),
    );
  });

  it("makes progress while any wallet's receipt fits alone", () => {
    fc.assert(
      fc.property(pendingOf, limitsOf, (all, limits) => {
        const pending = all.filter((r) => r.wallet !== null);
        const first = new Map(pending.toReversed().map((r) => [r.wallet, r]));
        const possible = [...first.values()].some((r) => r.chargeWei <= limits.amountWeiMax);
        expect(selectReceipts(pending, limits).length > 0).toBe(possible);
      }),
    );
  });

  it("takes what the treasury pays as far as its own balance goes, beside everybody", () => {
    const of = (id: number, payer: number | null) => receipt(id, { payer, owners: [1], unit: 1n, held: false });
    const pending = [of(1, null), of(2, null), of(3, null), of(4, 7)];
    const chosen = selectReceipts(pending, { ...roomy, treasuryWeiMax: 10n, payersMax: 1 });
    expect(chosen.map((r) => r.taskId)).toEqual(["task_1", "task_2", "task_4"]);
  });

  it("takes payers in the order given", () => {
    const of = (id: number, payer: number) => receipt(id, { payer, owners: [1], unit: 1n, held: false });
    const chosen = selectReceipts([of(1, 7), of(2, 3), of(3, 5)], { ...roomy, payersMax: 2 });
    expect(chosen.map((r) => r.taskId)).toEqual(["task_1", "task_2"]);
  });
});
