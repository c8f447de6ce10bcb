import { parseEther } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestNetwork, type TestNetwork } from "../local/testing.ts";

let network: TestNetwork;

beforeAll(async () => {
  network = await startTestNetwork();
});

afterAll(() => network.close());

test("a user leaves without anybody's help, and a stranger may finish it", async () => {
  const { account, chain } = await network.wallet(parseEther("10"));
  await chain.deposit({ amountWei: parseEther("10") });
  await chain.requestExit();
  const exit = await chain.exitOf({ wallet: account.address });
  expect(exit.counter).toBe(1n);
  expect(exit.request?.lapsesAtS).toBe((exit.request?.maturesAtS ?? 0n) + 7n * 86_400n);

  const stranger = await network.wallet(0n);
  await expect(stranger.chain.finishExit({ wallet: account.address })).rejects.toMatchObject({
    revert: { name: "ExitNotMatured" },
  });
  await network.passTime(60);
  await stranger.chain.finishExit({ wallet: account.address });
  expect(await chain.tokenBalance({ wallet: account.address })).toBe(parseEther("10"));
  expect(await chain.tokenBalance({ wallet: stranger.account.address })).toBe(0n);
  expect(await chain.exitOf({ wallet: account.address })).toEqual({ counter: 1n, request: undefined });
});

test("a cancelled request is not paid, and the next one counts on", async () => {
  const { account, chain } = await network.wallet(5n);
  await chain.deposit({ amountWei: 5n });
  await chain.requestExit();
  await chain.cancelExit();
  await network.passTime(60);
  await expect(chain.finishExit({ wallet: account.address })).rejects.toMatchObject({
    revert: { name: "ExitNotRequested" },
  });
  await chain.requestExit();
  expect((await chain.exitOf({ wallet: account.address })).counter).toBe(2n);
});
