import fc from "fast-check";
import { parseEther } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestNetwork, type TestNetwork, type TestWallet } from "./local/testing.ts";
import type { Voucher } from "./vouchers.ts";

let network: TestNetwork;
let user: TestWallet;

beforeAll(async () => {
  network = await startTestNetwork();
  user = await network.wallet(parseEther("100"));
  await user.chain.deposit({ amountWei: parseEther("100") });
});

afterAll(() => network.close());

let nonce = 0n;
async function voucher(changes: Partial<Voucher> = {}): Promise<Voucher> {
  nonce += 1n;
  const { counter: exitCounter } = await user.chain.exitOf({ wallet: user.account.address });
  const expiresAtS = BigInt(Math.floor(Date.now() / 1000)) + 3_600n;
  return { wallet: user.account.address, amountWei: 10n, nonce, exitCounter, expiresAtS, ...changes };
}

const sign = (signed: Voucher) => network.roles.signer.signVoucher({ voucher: signed });

test("a stranger submits a voucher; its wallet is paid at once, out of its own balance, once", async () => {
  const signed = await voucher({ amountWei: parseEther("3") });
  const signature = await sign(signed);
  const stranger = await network.wallet(0n);
  const wallet = user.account.address;
  const before = await user.chain.userBalance({ wallet });
  expect(await stranger.chain.voucherUsed({ wallet, nonce: signed.nonce })).toBe(false);
  await stranger.chain.withdrawVoucher({ voucher: signed, signature });
  expect(await user.chain.tokenBalance({ wallet })).toBe(parseEther("3"));
  expect(await user.chain.userBalance({ wallet })).toBe(before - parseEther("3"));
  expect(await stranger.chain.voucherUsed({ wallet, nonce: signed.nonce })).toBe(true);
  await expect(stranger.chain.withdrawVoucher({ voucher: signed, signature })).rejects.toMatchObject({
    revert: { name: "VoucherUsed" },
  });
});

test("late, of a wallet that is leaving, above its balance: each refused by name", async () => {
  const submit = async (signed: Voucher) =>
    user.chain.withdrawVoucher({ voucher: signed, signature: await sign(signed) });
  await expect(submit(await voucher({ expiresAtS: 1n }))).rejects.toMatchObject({ revert: { name: "VoucherExpired" } });
  await expect(submit(await voucher({ amountWei: parseEther("1000") }))).rejects.toMatchObject({
    revert: { name: "BalanceTooLow" },
  });
  const early = await voucher();
  await user.chain.requestExit();
  await expect(submit(early)).rejects.toMatchObject({ revert: { name: "VoucherVoid" } });
  await expect(submit(await voucher())).rejects.toMatchObject({ revert: { name: "VoucherVoid" } });
  await user.chain.cancelExit();
  await expect(submit(early)).rejects.toMatchObject({ revert: { name: "VoucherVoid" } });
  await submit(await voucher());
});

test("any changed field, another chain, another contract or another signer make another signature", async () => {
  const signed = await voucher();
  const signature = await sign(signed);
  const signer = privateKeyToAccount(network.keys.signer).address;
  expect(await user.chain.voucherSigner({ voucher: signed, signature })).toBe(signer);
  const change = fc.constantFrom("wallet", "amountWei", "nonce", "exitCounter", "expiresAtS");
  await fc.assert(
    fc.asyncProperty(change, fc.bigInt(1n, 1_000n), async (field, byWei) => {
      const changed =
        field === "wallet"
          ? { ...signed, wallet: privateKeyToAccount(generatePrivateKey()).address }
          : { ...signed, [field]: signed[field] + byWei };
      expect(await user.chain.voucherSigner({ voucher: changed, signature })).not.toBe(signer);
    }),
  );
  const elsewhere = { ...user.chain, chainId: user.chain.chainId + 1 };
  const { voucherSigner } = await import("./vouchers.ts");
  expect(await voucherSigner(elsewhere, { voucher: signed, signature })).not.toBe(signer);
  const contracts = { ...user.chain.contracts, inferencePayment: user.chain.contracts.staking };
  expect(await voucherSigner({ ...user.chain, contracts }, { voucher: signed, signature })).not.toBe(signer);
  const forged = await user.chain.signVoucher({ voucher: signed });
  await expect(user.chain.withdrawVoucher({ voucher: signed, signature: forged })).rejects.toMatchObject({
    revert: { name: "VoucherSignatureInvalid" },
  });
});
