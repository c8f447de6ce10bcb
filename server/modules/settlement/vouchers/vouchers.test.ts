/** Withdrawals by voucher on a real contract: set aside, paid, expired, voided, refused. */

import type { TestWallet } from "@farlabs/chain/local/testing";
import type { Withdrawal } from "@farlabs/protocol";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isFarError } from "#kernel";
import { testDatabase } from "#testing";
import { audit } from "../audit/audit.ts";
import { settlementTopics } from "../events.ts";
import { type Bench, contextOf, startBench } from "../harness.ts";
import { haltedBy, raiseFinding } from "../operations/findings.ts";
import { readFindings } from "../operations/readFindings.ts";
import { resolveFinding } from "../operations/resolveFinding.ts";
import { solvency } from "../operations/solvency.ts";
import { listVouchers, readVoucher } from "./readVouchers.ts";
import { VOUCHER_S, withdraw } from "./withdraw.ts";

const FAR = 10n ** 18n;
const db = await testDatabase();
let bench: Bench;

beforeAll(async () => {
  bench = await startBench({ sql: db.sql });
});
afterAll(() => bench.close());

const address = (wallet: TestWallet): string => wallet.account.address.toLowerCase();
const principalOf = (wallet: TestWallet) => ({ accountId: `acc_${address(wallet)}`, wallets: [address(wallet)] });
const take = (wallet: TestWallet, amountWei: bigint, context = bench.context) =>
  withdraw(context, { principal: principalOf(wallet), wallet: wallet.account.address, amountWei });
const freeOf = async (wallet: TestWallet) => (await bench.ledger.balance(`far:wallet:${address(wallet)}`)).available;
const asideOf = async (wallet: TestWallet) => (await bench.ledger.balance(`far:voucher:${address(wallet)}`)).posted;
const tokens = (wallet: TestWallet) => bench.network.roles.oracle.tokenBalance({ wallet: wallet.account.address });
const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "no error",
    (error: unknown) => (isFarError(error) ? error.code : String(error)),
  );

async function funded(amountWei: bigint): Promise<TestWallet> {
  const wallet = await bench.network.wallet(amountWei);
  await wallet.chain.approve({ amountWei });
  await wallet.chain.deposit({ amountWei });
  await bench.round();
  return wallet;
}

/** Anybody may submit it: here the oracle does. */
const submit = (view: Withdrawal, by = bench.network.roles.treasury) =>
  by.withdrawVoucher({
    voucher: {
      ...{ wallet: view.wallet as `0x${string}`, amountWei: BigInt(view.amount), nonce: BigInt(view.nonce) },
      ...{ exitCounter: BigInt(view.exit_counter), expiresAtS: BigInt(view.expires_at) },
    },
    signature: view.signature as `0x${string}`,
  });

async function expectClean(): Promise<void> {
  expect((await audit(bench.context, {})).findings).toEqual([]);
  expect((await solvency(bench.context)).difference).toBe("0");
}

const stateOf = async (wallet: TestWallet, view: Withdrawal) =>
  (await readVoucher(db.sql, principalOf(wallet).accountId, view.id)).state;

describe("a voucher", () => {
  it("is set aside at once, paid to its wallet whoever submits it, and noted once the chain has confirmed it", async () => {
    const payer = await funded(10n * FAR);
    const view = await take(payer, 4n * FAR);
    expect(view).toMatchObject({ wallet: address(payer), amount: String(4n * FAR), nonce: "0", state: "open" });
    expect(await freeOf(payer)).toBe(6n * FAR);
    expect(await asideOf(payer)).toBe(4n * FAR);
    expect(await bench.reserve(address(payer), 7n * FAR)).toBe(null);
    expect((await solvency(bench.context)).set_aside.vouchers).toBe(String(4n * FAR));
    await expectClean();
    await submit(view);
    expect(await tokens(payer)).toBe(4n * FAR);
    await bench.round();
    expect(await asideOf(payer)).toBe(0n);
    const paid = await readVoucher(db.sql, principalOf(payer).accountId, view.id);
    expect(paid).toMatchObject({ state: "paid", signature: null, transaction_hash: expect.stringMatching(/^0x/) });
    await expectClean();
    await expect(submit(view)).rejects.toMatchObject({ revert: { name: "VoucherUsed" } });
  });

  it("gives its amount back only when a confirmed block is past the expiry", async () => {
    const payer = await funded(10n * FAR);
    const view = await take(payer, 10n * FAR);
    await bench.network.passTime(Number(VOUCHER_S) - 60);
    await bench.round();
    expect(await asideOf(payer)).toBe(10n * FAR);
    await bench.network.passTime(120);
    expect(await asideOf(payer)).toBe(10n * FAR);
    await bench.round();
    expect(await freeOf(payer)).toBe(10n * FAR);
    expect(await stateOf(payer, view)).toBe("expired");
    const [event] = await db.owner`
      SELECT payload FROM platform.outbox WHERE topic = ${settlementTopics.voucherExpired} AND payload ->> 'id' = ${view.id}`;
    expect(event?.payload).toMatchObject({ reason: "expired", amount: String(10n * FAR) });
    await expect(submit(view)).rejects.toMatchObject({ revert: { name: "VoucherExpired" } });
    await expectClean();
  });

  it("is not given back before the confirmations, however late the chain's head is", async () => {
    const payer = await funded(5n * FAR);
    const view = await take(payer, 5n * FAR);
    const deep = contextOf(bench, { config: { ...bench.context.config, CHAIN_CONFIRMATIONS: 4 } });
    await bench.network.passTime(Number(VOUCHER_S) + 10);
    await bench.round(deep);
    expect(await stateOf(payer, view)).toBe("open");
    for (let i = 0; i < 4; i += 1) await bench.network.passTime(1);
    await bench.round(deep);
    expect(await stateOf(payer, view)).toBe("expired");
  });

  it("is void from an exit request on, which gives its amount back to the frozen wallet", async () => {
    const payer = await funded(10n * FAR);
    const [first, second] = [await take(payer, 3n * FAR), await take(payer, 2n * FAR)];
    await submit(first);
    await payer.chain.requestExit();
    await expect(submit(second)).rejects.toMatchObject({ revert: { name: "VoucherVoid" } });
    await bench.round();
    expect([await stateOf(payer, first), await stateOf(payer, second)]).toEqual(["paid", "void"]);
    expect(await freeOf(payer)).toBe(7n * FAR);
    expect(await codeOf(take(payer, FAR))).toBe("exit_open");
    await bench.network.passTime(61);
    await payer.chain.finishExit({ wallet: payer.account.address });
    await bench.round();
    expect(await tokens(payer)).toBe(10n * FAR);
    expect(await freeOf(payer)).toBe(0n);
    await expectClean();
  });

  it("is refused where an exit was requested that no confirmed block shows yet", async () => {
    const payer = await funded(10n * FAR);
    await payer.chain.requestExit();
    expect(await codeOf(take(payer, FAR))).toBe("exit_open");
    await payer.chain.cancelExit();
    await bench.round();
    const view = await take(payer, FAR);
    expect(view.exit_counter).toBe("1");
    await submit(view);
    await bench.round();
    await expectClean();
  });
});

describe("a withdrawal is refused", () => {
  it("from a wallet of somebody else, beyond the balance, and of what tasks have reserved", async () => {
    const [payer, other] = [await funded(10n * FAR), await funded(10n * FAR)];
    const foreign = { principal: principalOf(payer), wallet: address(other), amountWei: FAR };
    expect(await codeOf(withdraw(bench.context, foreign))).toBe("wallet_not_linked");
    expect(await codeOf(take(payer, 11n * FAR))).toBe("insufficient_funds");
    await bench.reserve(address(payer), 9n * FAR);
    expect(await codeOf(take(payer, 2n * FAR))).toBe("insufficient_funds");
    expect(await freeOf(payer)).toBe(FAR);
  });

  it("beyond sixteen open ones, and never twice over the same money, however many ask at once", async () => {
    const payer = await funded(20n * FAR);
    const asked = await Promise.all(Array.from({ length: 20 }, () => codeOf(take(payer, FAR))));
    expect(asked.filter((code) => code === "no error")).toHaveLength(16);
    expect(asked.filter((code) => code === "too_many_withdrawals")).toHaveLength(4);
    const page = await listVouchers(db.sql, principalOf(payer).accountId, { limit: 10 });
    const rest = await listVouchers(db.sql, principalOf(payer).accountId, { limit: 10, cursor: page.nextCursor ?? "" });
    const nonces = [...page.data, ...rest.data].map((v) => Number(v.nonce)).sort((a, b) => a - b);
    expect(nonces).toEqual(Array.from({ length: 16 }, (_, i) => i));
    const rich = await funded(10n * FAR);
    const half = await Promise.all(Array.from({ length: 4 }, () => codeOf(take(rich, 6n * FAR))));
    expect(half.filter((code) => code === "no error")).toHaveLength(1);
  });

  it("while settlement has stopped, until a person resolved why", async () => {
    const payer = await funded(10n * FAR);
    await raiseFinding(db.sql, { key: "test", code: "test", detail: "something differs", severity: "halt" });
    expect(await codeOf(take(payer, FAR))).toBe("withdrawals_stopped");
    const finding = await resolveFinding(bench.context, "test", { actor: "acc_admin", reason: "a drill" });
    expect(finding.resolutions).toMatchObject([{ actor: "acc_admin", reason: "a drill" }]);
    expect(await codeOf(resolveFinding(bench.context, "test", { actor: "a", reason: "again" }))).toBe(
      "finding_not_found",
    );
    expect(await codeOf(take(payer, FAR))).toBe("no error");
  });

  it("shows nobody's withdrawal to another account", async () => {
    const payer = await funded(FAR);
    const view = await take(payer, FAR);
    expect(await codeOf(readVoucher(db.sql, "acc_other", view.id))).toBe("withdrawal_not_found");
    expect((await listVouchers(db.sql, "acc_other", { limit: 10 })).data).toEqual([]);
  });
});

it("stops everything when a voucher is paid that is not ours, and keeps the books", async () => {
  // The treasury stands in for what the thief leaves unpaid.
  await bench.network.roles.treasury.approve({ amountWei: 10n * FAR });
  await bench.network.roles.treasury.fundTreasury({ amountWei: 10n * FAR });
  const payer = await funded(10n * FAR);
  await bench.spend(address(payer), 2n * FAR);
  const head = await bench.network.roles.oracle.getBlockRef();
  const voucher = {
    ...{ wallet: payer.account.address, amountWei: 9n * FAR, nonce: 77n, exitCounter: 0n },
    expiresAtS: (head?.timestampS ?? 0n) + 100n,
  };
  // Whoever stole the signer's key.
  const signature = await bench.network.roles.signer.signVoucher({ voucher });
  await bench.network.roles.treasury.withdrawVoucher({ voucher, signature });
  await bench.round();
  expect(await haltedBy(db.sql)).toMatch(/not ours/);
  expect((await bench.ledger.balance(`far:receivable:${address(payer)}`)).posted).toBe(-FAR);
  expect((await bench.ledger.balance(`far:wallet:${address(payer)}`)).frozen).toBe(true);
  expect((await solvency(bench.context)).difference).toBe("0");
  const [halt] = (await readFindings(db.sql)).filter((f) => f.severity === "halt" && f.resolved_at === null);
  await resolveFinding(bench.context, halt?.key ?? "", { actor: "acc_admin", reason: "the key was rotated" });
  await bench.settled();
  expect((await bench.ledger.balance(`far:wallet:${address(payer)}`)).frozen).toBe(true);
  await bench.network.roles.treasury.transfer({ to: payer.account.address, amountWei: 3n * FAR });
  await payer.chain.approve({ amountWei: 3n * FAR });
  await payer.chain.deposit({ amountWei: 3n * FAR });
  await bench.round();
  expect(await bench.ledger.balance(`far:wallet:${address(payer)}`)).toMatchObject({
    ...{ available: 2n * FAR, frozen: false },
  });
  await expectClean();
  const forged = await bench.network.roles.treasury.signVoucher({
    voucher: { ...voucher, nonce: 78n },
    signer: privateKeyToAccount(generatePrivateKey()),
  });
  await expect(
    bench.network.roles.treasury.withdrawVoucher({ voucher: { ...voucher, nonce: 78n }, signature: forged }),
  ).rejects.toMatchObject({ revert: { name: "VoucherSignatureInvalid" } });
});
