import { startTestNetwork, type TestNetwork } from "@farlabs/chain/local/testing";
import { parseEther } from "viem";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fundNetwork } from "./stake.ts";

let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork();
});
afterAll(() => network.close());

it("pays treasury and reserve in once, and again when half of it is gone", async () => {
  const { treasury } = network.roles;
  expect(await fundNetwork(network)).toBe(parseEther("110000"));
  expect((await treasury.escrowState()).treasuryWei).toBe(parseEther("100000"));
  expect((await treasury.stakingMetrics()).reserveWei).toBe(parseEther("10000"));
  expect(await fundNetwork(network)).toBe(0n);
  await treasury.claimTreasury({ amountWei: parseEther("50000") });
  expect(await fundNetwork(network)).toBe(0n);
  await treasury.claimTreasury({ amountWei: 1n });
  expect(await fundNetwork(network)).toBe(parseEther("50000") + 1n);
  expect((await treasury.escrowState()).treasuryWei).toBe(parseEther("100000"));
});
