import { createChain } from "@farlabs/chain";
import { startTestNetwork, type TestNetwork } from "@farlabs/chain/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { treasuryFree } from "./treasuryFree.ts";

const FAR = 10n ** 18n;
let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork();
});
afterAll(() => network.close());

it("is what the treasury has less what it owes, and unknown while the chain is silent", async () => {
  const { oracle, treasury } = network.roles;
  const free = () => treasuryFree({ chain: oracle });
  expect(await free()).toBe(0n);
  await treasury.approve({ amountWei: 10n * FAR });
  // A wallet that has nothing: the treasury stands in, and owes what it lacks.
  const [wallet, payee] = [`0x${"a1".repeat(20)}` as const, `0x${"a2".repeat(20)}` as const];
  await treasury.deposit({ amountWei: 5n * FAR });
  await oracle.settleBatch({
    ...{ epoch: 1n, taskCount: 1, receiptsRoot: `0x${"66".repeat(32)}`, treasuryDebitWei: 0n, stakersWei: FAR },
    ...{ treasuryWei: FAR, debits: [{ wallet, amountWei: 5n * FAR }], credits: [{ payee, amountWei: 3n * FAR }] },
  });
  await treasury.fundTreasury({ amountWei: 5n * FAR });
  const { treasuryWei, pendingWei } = await oracle.escrowState();
  expect(pendingWei).toBeGreaterThan(0n);
  expect(await free()).toBe(treasuryWei - pendingWei);
  const dead = createChain({ ...oracle, rpcUrl: "http://127.0.0.1:1", timeoutMs: 500 });
  expect(await treasuryFree({ chain: dead })).toBe(null);
});
