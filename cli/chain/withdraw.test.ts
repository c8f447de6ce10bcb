import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTestNetwork, type TestNetwork, type TestWallet } from "@farlabs/chain/local/testing";
import type { Withdrawal } from "@farlabs/sdk";
import { parseEther } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { readConfig } from "../config.ts";
import { writeSession } from "../credentials/sessions.ts";
import { run } from "../run.ts";
import { testTerminal } from "../terminal/testTerminal.ts";
import { GAS_MAX } from "./gas.ts";
import { submitVoucher } from "./submitVoucher.ts";
import { signedVoucherOf } from "./withdrawals.ts";

const home = mkdtempSync(join(tmpdir(), "far-withdraw-"));
const key = generatePrivateKey();
const account = privateKeyToAccount(key);
const { signal } = new AbortController();
let network: TestNetwork;
let user: TestWallet;
let api: Server;
let url = "";
/** The network's side of withdrawals, on the real contract: what it signed, and whether it still answers. */
let signed: Withdrawal[] = [];
let isDown = false;

async function sign(amountWei: bigint): Promise<Withdrawal> {
  const { counter } = await user.chain.exitOf({ wallet: account.address });
  const nonce = BigInt(signed.length + 1) + BigInt(Date.now()) * 1_000n;
  const expiresAtS = BigInt(Math.floor(Date.now() / 1_000)) + 3_600n;
  const voucher = { wallet: account.address, amountWei, nonce, exitCounter: counter, expiresAtS };
  const signature = await network.roles.signer.signVoucher({ voucher });
  const made: Withdrawal = {
    ...{ id: `wd_${nonce}`, wallet: account.address.toLowerCase(), amount: amountWei.toString() },
    ...{ nonce: nonce.toString(), exit_counter: counter.toString(), expires_at: Number(expiresAtS) },
    ...{ signature, state: "open", transaction_hash: null },
    ...{ created_at: new Date().toISOString(), closed_at: null },
  };
  signed.push(made);
  return made;
}

async function answer(method: string, path: string, body: string): Promise<unknown> {
  if (path === "/api/v1/user/balance") {
    const available = (await user.chain.userBalance({ wallet: account.address })).toString();
    return { data: [{ wallet: account.address, asset: "FAR", available, reserved: "0", frozen: false }] };
  }
  if (path === "/api/v1/withdrawals" && method === "GET") return { data: signed, next_cursor: null };
  if (path === "/api/v1/withdrawals") return sign(BigInt((JSON.parse(body) as { amount: string }).amount));
  throw new Error(`nobody asks for ${method} ${path}`);
}

beforeAll(async () => {
  network = await startTestNetwork({ params: { exitDelayS: 1 } });
  await network.local.fundGas(account.address);
  await network.roles.treasury.transfer({ to: account.address, amountWei: parseEther("100") });
  user = { account, chain: network.connect(account) };
  api = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      if (isDown) return void response.destroy();
      const result = await answer(request.method ?? "", request.url ?? "", Buffer.concat(chunks).toString());
      response.setHeader("content-type", "application/json").end(JSON.stringify(result));
    });
  });
  await new Promise<void>((resolve) => void api.listen(0, "127.0.0.1", resolve));
  const address = api.address();
  url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  writeFileSync(join(home, "key"), key, { mode: 0o600 });
  const session = { accessToken: "token", accessExpiresAtMs: Date.now() + 3_600_000, refreshToken: "refresh" };
  writeSession(join(home, "far"), { ...session, baseUrl: url, accountId: "acc", wallet: account.address });
});
afterAll(async () => {
  api.close();
  await network.close();
  rmSync(home, { recursive: true, force: true });
});
beforeEach(async () => {
  [signed, isDown] = [[], false];
  await user.chain.deposit({ amountWei: parseEther("10") });
});

async function far(...line: string[]) {
  const terminal = testTerminal();
  const { farToken, inferencePayment, priceFeed, nodeRegistry, staking } = network.contracts;
  const config = readConfig({
    ...{ HOME: home, XDG_CONFIG_HOME: home, FAR_STATE: join(home, "state"), FAR_API_URL: url },
    ...{ BSC_RPC_URL: network.local.rpcUrl, CHAIN_ID: String(network.local.chainId) },
    ...{ FAR_TOKEN_ADDRESS: farToken, INFERENCE_PAYMENT_ADDRESS: inferencePayment, PRICE_FEED_ADDRESS: priceFeed },
    ...{ NODE_REGISTRY_ADDRESS: nodeRegistry, STAKING_ADDRESS: staking },
  });
  const args = [...line, "--key-file", join(home, "key")];
  const code = await run({ args, terminal, config, signal });
  return { code, out: terminal.stdout(), err: terminal.stderr() };
}

const escrowed = (): Promise<bigint> => user.chain.userBalance({ wallet: account.address });
const held = (): Promise<bigint> => user.chain.tokenBalance({ wallet: account.address });

it("pays at once by voucher, after it said what it does and what it costs", async () => {
  const [before, escrowBefore] = [await held(), await escrowed()];
  const { code, out, err } = await far("withdraw", "4", "--yes", "--json");
  expect(err).toMatch(/4 FAR go from the escrow to 0x.* at once/);
  expect(err).toMatch(/Gas: at most about [\d.e-]+ ETH/);
  expect(code).toBe(0);
  const done = JSON.parse(out) as { paid: string; transaction: `0x${string}`; wallet: string };
  expect(done).toMatchObject({ paid: parseEther("4").toString(), wallet: account.address });
  expect(await held()).toBe(before + parseEther("4"));
  expect(await escrowed()).toBe(escrowBefore - parseEther("4"));
  expect((await user.chain.getReceipt({ hash: done.transaction }))?.gasUsed).toBeLessThanOrEqual(GAS_MAX.withdraw);
});

it("asks before anything is set aside, and does nothing where nobody can answer", async () => {
  const { code, err } = await far("withdraw", "4");
  expect(code).toBe(2);
  expect(err).toContain("--yes");
  expect(signed).toEqual([]);
});

it("goes on with a voucher that an interrupted call left, instead of another", async () => {
  await sign(parseEther("3"));
  const before = await held();
  const { code, err } = await far("withdraw", "--yes");
  expect(code).toBe(0);
  expect(err).toContain("A voucher over 3 FAR is signed and not paid yet");
  expect(signed).toHaveLength(1);
  expect(await held()).toBe(before + parseEther("3"));
});

it("refuses more than there is, with the exit code for funds", async () => {
  const { code, err } = await far("withdraw", "100000", "--yes");
  expect(code).toBe(5);
  expect(err).toContain("can be withdrawn, not 100,000");
});

it("never submits what was signed for another wallet, and says what became of a closed one", async () => {
  const mine = await sign(1n);
  const { address } = privateKeyToAccount(generatePrivateKey());
  expect(() => signedVoucherOf(mine, address)).toThrow("nothing was sent");
  expect(() => signedVoucherOf({ ...mine, signature: null, state: "expired" }, account.address)).toThrow("is expired");
});

it("takes a voucher that was paid meanwhile for done, and a void one for an error that says why", async () => {
  const options = { signal, onProgress: () => undefined };
  const paid = signedVoucherOf(await sign(1n), account.address);
  expect(await submitVoucher(user.chain, { ...paid, ...options })).not.toBeNull();
  expect(await submitVoucher(user.chain, { ...paid, ...options })).toBeNull();
  const voided = signedVoucherOf(await sign(1n), account.address);
  await user.chain.requestExit();
  await expect(submitVoucher(user.chain, { ...voided, ...options })).rejects.toMatchObject({
    code: "voucher_refused",
    message: expect.stringContaining("--cancel-exit"),
  });
  await user.chain.cancelExit();
});

it("leaves by exit with the network gone, keeps what was asked for and deposits the rest again", async () => {
  isDown = true;
  const [before, escrowBefore] = [await held(), await escrowed()];
  const { code, out, err } = await far("withdraw", "2", "--exit", "--yes", "--json");
  expect(err).toMatch(/needs nobody's consent[\s\S]*Gas: at most about/);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ paid: parseEther("2").toString() });
  expect(await held()).toBe(before + parseEther("2"));
  expect(await escrowed()).toBe(escrowBefore - parseEther("2"));
});

it("takes an exit back, once", async () => {
  await user.chain.requestExit();
  expect((await far("withdraw", "--cancel-exit")).code).toBe(0);
  expect((await user.chain.exitOf({ wallet: account.address })).request).toBeUndefined();
  expect((await far("withdraw", "--cancel-exit")).code).toBe(4);
  expect((await far("withdraw", "5", "--cancel-exit")).code).toBe(2);
});
