/** What the timelock takes back, after epochs of ours and after one that somebody sent with a stolen key. */
import { encodeSettleBatch, inferencePaymentAbi, timelockControllerAbi } from "@farlabs/chain";
import type { TestWallet } from "@farlabs/chain/local/testing";
import { type Address, encodeFunctionData, type Hex, zeroHash } from "viem";
import { afterAll, beforeAll, expect, it } from "vitest";
import { testDatabase } from "#testing";
import { audit } from "../audit/audit.ts";
import { type Bench, OWNER, startBench } from "../harness.ts";
import { solvency } from "../operations/solvency.ts";

const FAR = 10n ** 18n;
const db = await testDatabase();
let bench: Bench;

beforeAll(async () => {
  bench = await startBench({ sql: db.sql });
});
afterAll(() => bench.close());

const address = (wallet: TestWallet): string => wallet.account.address.toLowerCase();
const posted = async (account: string): Promise<bigint> => (await bench.ledger.balance(account)).posted;

async function codes(): Promise<string[]> {
  expect((await solvency(bench.context)).difference).toBe("0");
  return (await audit(bench.context, {})).findings.map((finding) => finding.code);
}

/** Announced by the admin, and done once the delay is over. */
async function throughTimelock(data: Hex): Promise<void> {
  const { wallet, account, contracts, waitMined } = bench.network.roles.admin;
  const { timelock, inferencePayment } = contracts;
  if (wallet === undefined || account === undefined || timelock === undefined) throw new Error("the admin signs");
  const operation = [inferencePayment, 0n, data, zeroHash, zeroHash] as const;
  const call = { account, address: timelock, abi: timelockControllerAbi } as const;
  const schedule = { ...call, functionName: "schedule", args: [...operation, 60n] } as const;
  await waitMined({ hash: await wallet.writeContract(schedule) });
  await bench.passTime(61);
  await waitMined({ hash: await wallet.writeContract({ ...call, functionName: "execute", args: operation }) });
  await bench.round();
}

const cancel = (payee: string, wei: bigint) =>
  throughTimelock(
    encodeFunctionData({ abi: inferencePaymentAbi, functionName: "cancelPending", args: [payee as Address, wei] }),
  );
const forgive = (wallet: string, wei: bigint) =>
  throughTimelock(
    encodeFunctionData({ abi: inferencePaymentAbi, functionName: "forgiveReceivable", args: [wallet as Address, wei] }),
  );

/** A wallet that left before what it had spent was settled, with a treasury that cannot stand in. */
async function overspent(spentWei: bigint): Promise<TestWallet> {
  const wallet = await bench.network.wallet(200n * FAR);
  await wallet.chain.approve({ amountWei: 200n * FAR });
  await wallet.chain.deposit({ amountWei: 100n * FAR });
  await bench.round();
  await bench.spend(address(wallet), spentWei);
  await wallet.chain.requestExit();
  await bench.network.passTime(61);
  await wallet.chain.finishExit({ wallet: wallet.account.address });
  await bench.settled();
  return wallet;
}

it("takes back what epochs of ours left waiting, from owner and stakers to the treasury, and lets the wallet off", async () => {
  const { oracle, treasury } = bench.network.roles;
  const wallet = await overspent(40n * FAR);
  const escrow = bench.context.chain.contracts.inferencePayment;
  expect(await oracle.pendingOf({ payee: OWNER as Address })).toBe(24n * FAR);

  await treasury.approve({ amountWei: 4n * FAR });
  await treasury.fundTreasury({ amountWei: 4n * FAR });
  await treasury.releasePending({ payee: OWNER as Address });
  await cancel(OWNER, 100n * FAR);
  expect(await posted(`far:owner:${OWNER}`)).toBe(4n * FAR);
  await cancel(escrow, 8n * FAR);
  expect(await posted("far:pool:stakers")).toBe(0n);
  const before = await posted("far:pool:treasury");
  await forgive(address(wallet), 30n * FAR);
  expect(await posted(`far:receivable:${address(wallet)}`)).toBe(-10n * FAR);
  expect(await posted("far:pool:treasury")).toBe(before - 30n * FAR);

  await wallet.chain.deposit({ amountWei: 15n * FAR });
  await bench.round();
  await bench.round();
  expect(await bench.onChain(address(wallet))).toBe(5n * FAR);
  expect(await bench.ledger.balance(`far:wallet:${address(wallet)}`)).toMatchObject({ available: 5n * FAR });
  expect(await codes()).toEqual([]);
});

it("moves nothing for what a stolen key wrote: chain and ledger agree again once it is gone", async () => {
  const { oracle, treasury: holder } = bench.network.roles;
  const { treasuryWei } = await oracle.escrowState();
  if (treasuryWei > 0n) await holder.claimTreasury({ amountWei: treasuryWei });
  await bench.round();
  const victim = address(await bench.network.wallet(0n));
  const { account, wallet, contracts, waitMined } = oracle;
  if (account === undefined || wallet === undefined) throw new Error("the oracle signs");
  const data = encodeSettleBatch({
    ...{ epoch: (await oracle.settledEpoch()) + 1n, taskCount: 1, receiptsRoot: zeroHash, treasuryDebitWei: 0n },
    ...{ stakersWei: 20n * FAR, treasuryWei: 20n * FAR, rootedWei: 0n, payeesRoot: zeroHash },
    debits: [{ wallet: victim as Address, amountWei: 100n * FAR }],
    // The thief is an operator with honest earnings beside it.
    credits: [{ payee: OWNER as Address, amountWei: 60n * FAR }],
    holds: [],
  });
  const [owner, stakers, treasury] = await Promise.all(
    [`far:owner:${OWNER}`, "far:pool:stakers", "far:pool:treasury"].map(posted),
  );
  await waitMined({
    hash: await wallet.sendTransaction({ account, chain: null, to: contracts.inferencePayment, data }),
  });
  await bench.round();
  expect(await codes()).toContain("foreign_epoch");
  await db.owner`UPDATE settlement.findings SET resolved_at = now()`;
  const waits = await oracle.pendingOf({ payee: OWNER as Address });
  expect(waits).toBe(60n * FAR);
  expect(await codes()).toContain("owner_differs");
  await cancel(OWNER, waits);
  await cancel(contracts.inferencePayment, 20n * FAR);
  await forgive(victim, 100n * FAR);
  expect(await posted(`far:owner:${OWNER}`)).toBe(owner);
  expect(await posted("far:pool:stakers")).toBe(stakers);
  expect(await posted("far:pool:treasury")).toBe(treasury);
  expect(await posted(`far:receivable:${victim}`)).toBe(0n);
  // The epoch's number is taken for ever.
  expect(await codes()).toEqual(["epoch_differs"]);
});
