import { parseEther } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestNetwork, type TestNetwork } from "../local/testing.ts";

let network: TestNetwork;

beforeAll(async () => {
  network = await startTestNetwork();
});

afterAll(() => network.close());

test("a deposit moves FAR from the wallet into its escrow balance", async () => {
  const { account, chain } = await network.wallet(parseEther("100"));
  await chain.deposit({ amountWei: parseEther("30") });
  expect(await chain.userBalance({ wallet: account.address })).toBe(parseEther("30"));
  expect(await chain.tokenBalance({ wallet: account.address })).toBe(parseEther("70"));
  // By permit: no allowance is left behind.
  expect(await chain.allowance({ wallet: account.address })).toBe(0n);
});

test("an allowance that suffices is used instead of a permit", async () => {
  const { account, chain } = await network.wallet(parseEther("100"));
  await chain.approve({ amountWei: parseEther("50") });
  await chain.deposit({ amountWei: parseEther("20") });
  expect(await chain.allowance({ wallet: account.address })).toBe(parseEther("30"));
  expect(await chain.userBalance({ wallet: account.address })).toBe(parseEther("20"));
});

test("deposits sent at once by one wallet all arrive", async () => {
  const { account, chain } = await network.wallet(parseEther("100"));
  await chain.approve({ amountWei: parseEther("100") });
  await Promise.all([1n, 2n, 3n, 4n].map((amountWei) => chain.deposit({ amountWei })));
  expect(await chain.userBalance({ wallet: account.address })).toBe(10n);
});

test("more than the wallet holds is refused by name, and nothing is sent", async () => {
  const { account, chain } = await network.wallet(5n);
  const refused = chain.deposit({ amountWei: 6n });
  await expect(refused).rejects.toMatchObject({
    code: "chain_reverted",
    retryable: false,
    revert: { name: "ERC20InsufficientBalance", args: [account.address, 5n, 6n] },
  });
  expect(await chain.userBalance({ wallet: account.address })).toBe(0n);
});

test("without an account it says so", async () => {
  await expect(network.connect().deposit({ amountWei: 1n })).rejects.toMatchObject({ code: "chain_no_account" });
});
