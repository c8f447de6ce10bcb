import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Hex, parseEther } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeTestDirectory } from "../local/testDirectory.ts";
import { startTestNetwork, type TestNetwork, type TestWallet } from "../local/testing.ts";
import { type Ended, runScript } from "../program/testProgram.ts";

const script = new URL("./main.ts", import.meta.url);
let directory: string;
let network: TestNetwork;
const keyFiles = new Map<Hex, string>();

beforeAll(async () => {
  directory = await makeTestDirectory();
  network = await startTestNetwork();
  const { chainId } = network.local;
  const names = ["admin", "treasury", "oracle", "signer", "pauser", "slasher", "arbiter"] as const;
  const roles = Object.fromEntries(names.map((name) => [name, privateKeyToAccount(network.keys[name]).address]));
  const deployment = { chainId, contracts: network.contracts, roles };
  await writeFile(join(directory, "deployment.json"), JSON.stringify(deployment));
});

afterAll(async () => {
  await network.close();
  await rm(directory, { recursive: true, force: true });
});

async function keyFile(key: Hex): Promise<string> {
  const known = keyFiles.get(key);
  if (known !== undefined) return known;
  const path = join(directory, `${keyFiles.size}.key`);
  await writeFile(path, key, { mode: 0o600 });
  keyFiles.set(key, path);
  return path;
}

const at = (): string[] => ["--rpc", network.local.rpcUrl, "--deployment", join(directory, "deployment.json")];
const run = (...args: string[]): Promise<Ended> => runScript(script, [...args, ...at()]);
const runAs = async (key: Hex, ...args: string[]): Promise<Ended> =>
  run(...args, "--key-file", await keyFile(key), "--yes");

async function fine(ended: Promise<Ended>): Promise<string> {
  const { code, out, err } = await ended;
  expect(code, err).toBe(0);
  return out;
}

const addressOf = ({ account }: TestWallet): string => account.address;

test("shows who holds what, what runs and what the treasury has", async () => {
  const out = await fine(run("show"));
  expect(out).toContain(`${privateKeyToAccount(network.keys.oracle).address}  oracle  gas `);
  expect(out).toContain(`admin of staking: ${privateKeyToAccount(network.keys.admin).address}`);
  expect(out).toContain("settlement runs; epoch 0");
  expect(out).toMatch(/treasury 0x.*: 0 FAR in the escrow, 1000000000 in its wallet/);
});

test("says what a deployment file lacks", async () => {
  const path = join(directory, "contracts-only.json");
  const { chainId } = network.local;
  await writeFile(path, JSON.stringify({ chainId, contracts: network.contracts }));
  const { code, err } = await runScript(script, ["show", "--rpc", network.local.rpcUrl, "--deployment", path]);
  expect(code).toBe(2);
  expect(err).toContain("does not name the roles and contracts");
});

test("a role goes to a new key and leaves the old one, in every contract that knows it", async () => {
  const next = await network.wallet(0n);
  const old = privateKeyToAccount(network.keys.oracle).address;
  await fine(runAs(network.keys.admin, "grant", "oracle", addressOf(next)));
  const both = await fine(run("show", addressOf(next)));
  expect(both.match(/ {2}oracle {2}/g)).toHaveLength(2);
  await fine(runAs(network.keys.admin, "revoke", "oracle", old));
  const after = await fine(run("show", addressOf(next)));
  expect(after).toContain(`${addressOf(next)}  oracle`);
  expect(after).toContain(`${old}  no role`);
  await fine(runAs(network.keys.admin, "grant", "oracle", old));
});

test("vouchers of the old signer stay good until it is taken off, those of the new one from the grant on", async () => {
  const user = await network.wallet(parseEther("10"));
  await user.chain.deposit({ amountWei: parseEther("10") });
  const next = await network.wallet(0n);
  const expiresAtS = BigInt(Math.floor(Date.now() / 1000)) + 3_600n;
  const submit = async (by: TestNetwork["roles"]["signer"], nonce: bigint) => {
    const voucher = { wallet: user.account.address, amountWei: 1n, nonce, exitCounter: 0n, expiresAtS };
    return user.chain.withdrawVoucher({ voucher, signature: await by.signVoucher({ voucher }) });
  };
  await fine(runAs(network.keys.admin, "grant", "signer", addressOf(next)));
  await submit(network.roles.signer, 1n);
  await submit(next.chain, 2n);
  await fine(runAs(network.keys.admin, "revoke", "signer", privateKeyToAccount(network.keys.signer).address));
  await submit(next.chain, 3n);
  await expect(submit(network.roles.signer, 4n)).rejects.toMatchObject({
    revert: { name: "VoucherSignatureInvalid" },
  });
});

test("a parameter changes through the timelock alone, after its delay", async () => {
  const change = ["staking", "setRewardRate", "250"];
  const direct = await runAs(network.keys.admin, "call", ...change);
  expect(direct).toMatchObject({ code: 1, err: expect.stringContaining("AccessControlUnauthorizedAccount") });
  await fine(runAs(network.keys.admin, "timelock", "schedule", ...change));
  expect(await runAs(network.keys.pauser, "timelock", "execute", ...change)).toMatchObject({
    code: 1,
    err: expect.stringContaining("TimelockUnexpectedOperationState"),
  });
  await network.passTime(60);
  await fine(runAs(network.keys.pauser, "timelock", "execute", ...change));
  expect(await fine(run("read", "staking", "rewardRate"))).toBe("250\n");
  await fine(runAs(network.keys.admin, "timelock", "schedule", ...change, "--salt", "1"));
  await fine(runAs(network.keys.admin, "timelock", "cancel", ...change, "--salt", "1"));
});

test("the pauser stops settlement, the admin lets it go on", async () => {
  await fine(runAs(network.keys.pauser, "call", "inferencePayment", "pause"));
  expect(await fine(run("show"))).toContain("settlement is PAUSED");
  expect((await runAs(network.keys.pauser, "call", "inferencePayment", "unpause")).code).toBe(1);
  await fine(runAs(network.keys.admin, "call", "inferencePayment", "unpause"));
  expect(await fine(run("show"))).toContain("settlement runs");
});

test("transactions are printed for a multisig instead of sent", async () => {
  const { chain } = await network.wallet(0n);
  const before = (await chain.getBlockRef())?.number;
  const out = await fine(run("admin", "begin", chain.contracts.farToken, "--print"));
  const calls = JSON.parse(out) as { to: string; data: string; value: string; what: string }[];
  expect(calls.map(({ to }) => to)).toEqual([
    chain.contracts.inferencePayment,
    chain.contracts.nodeRegistry,
    chain.contracts.staking,
  ]);
  expect(calls[0]).toMatchObject({ value: "0", data: expect.stringMatching(/^0x634e93da/) });
  expect((await chain.getBlockRef())?.number).toBe(before);
});

test("what is wrong on the command line is said, and nothing is sent", async () => {
  const wrong: [string[], string][] = [
    [["grant", "oracel", addressOf(await network.wallet(0n))], 'no role "oracel"'],
    [["grant", "oracle", "0x01"], "is no address"],
    [["call", "escrow", "pause"], 'no contract "escrow"'],
    [["call", "inferencePayment", "stop"], "has no stop"],
    [["call", "inferencePayment", "disputeRoot"], "takes 1 arguments: settledEpoch:uint64"],
    [["call", "inferencePayment", "disputeRoot", "1.5"], "1.5 is no uint64"],
    [["call", "inferencePayment", "epoch"], "is read, not called"],
    [["read", "inferencePayment", "pause"], "is called, not read"],
    [["timelock", "later", "staking", "setRewardRate", "1"], "schedule, execute or cancel"],
    [["admin", "take"], "admin takes begin"],
    [["dance"], 'no command "dance"'],
  ];
  for (const [args, said] of wrong) {
    expect(await runAs(network.keys.admin, ...args)).toMatchObject({ code: 2, err: expect.stringContaining(said) });
  }
  const unasked = await run("call", "inferencePayment", "pause", "--key-file", await keyFile(network.keys.pauser));
  expect(unasked).toMatchObject({ code: 2, err: expect.stringContaining("add --yes") });
  expect(await run("call", "inferencePayment", "pause")).toMatchObject({
    code: 2,
    err: expect.stringContaining("--print"),
  });
}, 60_000);

test("the admin role is handed over in two steps, and the timelock's proposer with it", async () => {
  const nextKey = generatePrivateKey();
  const next = privateKeyToAccount(nextKey).address;
  await network.local.fundGas(next);
  await fine(runAs(network.keys.admin, "admin", "begin", next));
  expect(await fine(run("show"))).toContain(`handed to ${next}`);
  await network.passTime(1);
  await fine(runAs(nextKey, "admin", "accept"));
  expect(await fine(run("show"))).toContain(`admin of nodeRegistry: ${next}\n`);
  expect((await runAs(network.keys.admin, "grant", "pauser", next)).code).toBe(1);
  const proposer = JSON.parse(await fine(run("read", "timelock", "PROPOSER_ROLE"))) as string;
  const grant = ["timelock", "grantRole", proposer, next];
  await fine(runAs(network.keys.admin, "timelock", "schedule", ...grant));
  await network.passTime(60);
  await fine(runAs(nextKey, "timelock", "execute", ...grant));
  const revoke = ["timelock", "revokeRole", proposer, privateKeyToAccount(network.keys.admin).address];
  await fine(runAs(nextKey, "timelock", "schedule", ...revoke));
}, 60_000);
