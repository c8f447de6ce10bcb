import { createTestClient, encodeFunctionData, http } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { farTokenAbi } from "../generated/farTokenAbi.ts";
import { startTestNetwork, type TestNetwork, type TestWallet } from "../local/testing.ts";
import type { SendOutcome, SignedAttempt } from "./sendManaged.ts";

let network: TestNetwork;
const sink = "0x00000000000000000000000000000000000000aa";

beforeAll(async () => {
  network = await startTestNetwork();
});

afterAll(() => network.close());

function payment(wallet: TestWallet, nonce: number, amountWei = 1n) {
  const data = encodeFunctionData({ abi: farTokenAbi, functionName: "transfer", args: [sink, amountWei] });
  return { to: wallet.chain.contracts.farToken, data, nonce };
}

function attemptOf(outcome: SendOutcome): SignedAttempt {
  if (outcome.status !== "sent") throw new Error("expected it to be sent");
  return outcome.attempt;
}

function tester() {
  return createTestClient({ mode: "anvil", transport: http(network.local.rpcUrl) });
}

test("the hash is known before the transaction is sent, and its receipt is found by it", async () => {
  const wallet = await network.wallet();
  let seen: SignedAttempt | undefined;
  const outcome = await wallet.chain.sendManaged({
    ...payment(wallet, 0),
    onSigned: async (attempt) => {
      seen = attempt;
      expect(await wallet.chain.getReceipt({ hash: attempt.hash })).toBeUndefined();
    },
  });
  expect(attemptOf(outcome)).toEqual(seen);
  await wallet.chain.waitMined({ hash: attemptOf(outcome).hash });
  expect(await wallet.chain.getReceipt({ hash: attemptOf(outcome).hash })).toMatchObject({ status: "success" });
});

test("after a crash between signing and sending, the same call sends it once", async () => {
  const wallet = await network.wallet();
  const before = await wallet.chain.tokenBalance({ wallet: sink });
  const crash = wallet.chain.sendManaged({
    ...payment(wallet, 0, 500n),
    onSigned: () => Promise.reject(new Error("killed")),
  });
  await expect(crash).rejects.toThrow("killed");
  const { hash } = attemptOf(await wallet.chain.sendManaged(payment(wallet, 0, 500n)));
  await wallet.chain.waitMined({ hash });
  expect(await wallet.chain.sendManaged(payment(wallet, 0, 500n))).toEqual({ status: "nonceUsed" });
  expect((await wallet.chain.tokenBalance({ wallet: sink })) - before).toBe(500n);
});

test("a stuck transaction is replaced by one that bids more, and only one is mined", async () => {
  const wallet = await network.wallet();
  const before = await wallet.chain.tokenBalance({ wallet: sink });
  await tester().setAutomine(false);
  try {
    const first = attemptOf(await wallet.chain.sendManaged(payment(wallet, 0, 40n)));
    const again = attemptOf(await wallet.chain.sendManaged({ ...payment(wallet, 0, 40n), previousFees: first.fees }));
    expect(again.hash).not.toBe(first.hash);
    expect(again.fees.maxFeePerGas).toBeGreaterThan((first.fees.maxFeePerGas * 11n) / 10n);
    await tester().mine({ blocks: 1 });
    expect(await wallet.chain.getReceipt({ hash: first.hash })).toBeUndefined();
    expect(await wallet.chain.getReceipt({ hash: again.hash })).toMatchObject({ status: "success" });
  } finally {
    await tester().setAutomine(true);
  }
  expect((await wallet.chain.tokenBalance({ wallet: sink })) - before).toBe(40n);
});

test("the same transaction sent twice is one", async () => {
  const wallet = await network.wallet();
  await tester().setAutomine(false);
  try {
    const first = attemptOf(await wallet.chain.sendManaged({ ...payment(wallet, 0), gas: 100_000n }));
    const again = attemptOf(await wallet.chain.sendManaged({ ...payment(wallet, 0), gas: 100_000n }));
    expect(again.hash).toBe(first.hash);
    await tester().mine({ blocks: 1 });
  } finally {
    await tester().setAutomine(true);
  }
});

test("fees that the node calls too low are raised until it takes them", async () => {
  const wallet = await network.wallet();
  await tester().setAutomine(false);
  try {
    const first = attemptOf(await wallet.chain.sendManaged(payment(wallet, 0, 1n)));
    // Without previousFees the second call cannot know; the node's answer tells it.
    const signed: SignedAttempt[] = [];
    const other = await wallet.chain.sendManaged({
      ...payment(wallet, 0, 2n),
      onSigned: async (attempt) => {
        signed.push(attempt);
      },
    });
    expect(signed.length).toBeGreaterThan(1);
    expect(attemptOf(other).fees.maxFeePerGas).toBeGreaterThan(first.fees.maxFeePerGas);
    await tester().mine({ blocks: 1 });
    expect(await wallet.chain.getReceipt({ hash: attemptOf(other).hash })).toMatchObject({ status: "success" });
  } finally {
    await tester().setAutomine(true);
  }
});

test("a call that would revert is not sent", async () => {
  const wallet = await network.wallet(1n);
  let signed = false;
  const refused = wallet.chain.sendManaged({
    ...payment(wallet, 0, 2n),
    onSigned: async () => {
      signed = true;
    },
  });
  await expect(refused).rejects.toMatchObject({ revert: { name: "ERC20InsufficientBalance" } });
  expect(signed).toBe(false);
});

test("an RPC that is down is unavailable, which may be tried again", async () => {
  const { createChain } = await import("../createChain.ts");
  const wallet = await network.wallet();
  const down = createChain({ rpcUrl: "http://127.0.0.1:1", contracts: network.contracts, account: wallet.account });
  await expect(down.sendManaged(payment(wallet, 0))).rejects.toMatchObject({
    code: "chain_unavailable",
    retryable: true,
  });
});
