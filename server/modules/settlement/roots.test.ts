/** More payees than a batch lists, held earnings, what the treasury pays, and the files of epochs, on a real contract. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestWallet } from "@farlabs/chain/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isFarError, newId } from "#kernel";
import { testDatabase } from "#testing";
import { audit } from "./audit/audit.ts";
import { readEpochFile } from "./files/readEpochFile.ts";
import { type Bench, contextOf, startBench } from "./harness.ts";
import type { Context } from "./operations/context.ts";
import { raiseFinding, settleFinding } from "./operations/findings.ts";
import { ownerEarnings } from "./operations/ownerEarnings.ts";
import { createPayeeProofs } from "./operations/payeeProof.ts";
import { resolveFinding } from "./operations/resolveFinding.ts";
import { solvency } from "./operations/solvency.ts";

const FAR = 10n ** 18n;
const SCRIPT = fileURLToPath(new URL("../../../scripts/rebuild-epoch.ts", import.meta.url));
const db = await testDatabase();
let bench: Bench;
let context: Context;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "far-epochs-"));
  bench = await startBench({ sql: db.sql });
  context = contextOf(bench, { config: { ...bench.context.config, EPOCH_FILES_DIR: directory } });
});
afterAll(async () => {
  await bench.close();
  await rm(directory, { recursive: true, force: true });
});

const address = (wallet: TestWallet): string => wallet.account.address.toLowerCase();
const posted = async (account: string): Promise<bigint> => (await bench.ledger.balance(account)).posted;

async function funded(amountWei: bigint): Promise<TestWallet> {
  const wallet = await bench.network.wallet(amountWei);
  await wallet.chain.approve({ amountWei });
  await wallet.chain.deposit({ amountWei });
  await bench.round(context);
  return wallet;
}

async function expectClean(): Promise<void> {
  expect((await audit(bench.context, {})).findings).toEqual([]);
  expect((await solvency(bench.context)).difference).toBe("0");
}

async function rebuild(file: string, ...more: string[]): Promise<{ code: number; out: string }> {
  const done = promisify(execFile)(process.execPath, [SCRIPT, file, ...more]);
  return done.then(
    ({ stdout }) => ({ code: 0, out: stdout }),
    (error: { code: number; stderr: string }) => ({ code: error.code, out: error.stderr }),
  );
}

const far = (n: bigint): string => `0x${(10_000n + n).toString(16).padStart(40, "0")}`;

it("roots those beyond the 300 who earn most, and pays them by proof, cumulatively", async () => {
  const payer = await funded(1_000n * FAR);
  const small = await bench.network.wallet(0n);
  const owner = address(small);
  const epochOf = async () => Number(await bench.network.roles.oracle.settledEpoch());
  const earn = async () => {
    for (let n = 0n; n < 302n; n += 1n) await bench.pay({ payer: address(payer), chargeWei: FAR + n, owner: far(n) });
    await bench.pay({ payer: address(payer), chargeWei: FAR / 2n, owner });
    await bench.settled(context);
  };
  await earn();
  const proofs = createPayeeProofs(bench.context);
  const first = await proofs(await epochOf(), owner);
  expect(first.cumulative).toBe(String(((FAR / 2n) * 60n) / 100n));
  const claim = (proof: Awaited<ReturnType<typeof proofs>>) =>
    small.chain.claimRooted({
      ...{ epoch: BigInt(proof.epoch), cumulativeWei: BigInt(proof.cumulative) },
      proof: proof.proof as `0x${string}`[],
    });
  await expect(claim(first)).rejects.toMatchObject({ revert: { name: "RootNotClaimable" } });
  expect(await ownerEarnings(bench.context, owner)).toMatchObject({
    ...{ claimable: first.cumulative, claimed: "0" },
    rooted: { epoch: first.epoch, cumulative: first.cumulative, claimed: "0" },
  });
  await expectClean();
  await bench.network.passTime(61);
  await claim(first);
  await bench.round(context);
  expect(await posted(`far:owner:${owner}`)).toBe(0n);
  expect(await ownerEarnings(bench.context, owner)).toMatchObject({ claimable: "0", claimed: first.cumulative });

  await earn();
  const second = await proofs(await epochOf(), owner);
  expect(BigInt(second.cumulative)).toBe(2n * BigInt(first.cumulative));
  await bench.network.passTime(61);
  await claim(second);
  await bench.round(context);
  expect(await bench.network.roles.oracle.tokenBalance({ wallet: small.account.address })).toBe(
    BigInt(second.cumulative),
  );
  const unknown = await proofs(second.epoch, address(payer)).catch((e: unknown) => e);
  expect(isFarError(unknown) && unknown.code).toBe("payee_not_found");
  await expectClean();

  // Whoever disputes stops us; once a person has looked, the next epoch publishes the sums anew.
  await earn();
  const third = await epochOf();
  await bench.network.roles.pauser.disputeRoot({ epoch: BigInt(third) });
  await bench.round(context);
  expect(await bench.round(context)).toBe(false);
  await resolveFinding(bench.context, `disputed:${third}`, { actor: "acc_admin", reason: "a drill" });
  await bench.pay({ payer: address(payer), chargeWei: FAR, owner: far(1n) });
  await bench.settled(context);
  const fourth = await proofs(await epochOf(), owner);
  expect(BigInt(fourth.cumulative)).toBe(3n * BigInt(first.cumulative));
  await bench.network.passTime(61);
  await claim(fourth);
  await bench.round(context);
  await expectClean();
}, 120_000);

it("turns the earnings of a node that earns in into its held stake", async () => {
  const payer = await funded(20n * FAR);
  const operator = await bench.network.wallet(0n);
  const [owner, nodeId] = [address(operator), `node_${newId("x")}`];
  await bench.pay({ payer: address(payer), chargeWei: 10n * FAR, owner, nodeId, held: true });
  expect(await posted(`far:held:${nodeId}`)).toBe(6n * FAR);
  expect((await solvency(bench.context)).held).toBe(String(6n * FAR));
  expect(await ownerEarnings(bench.context, owner)).toMatchObject({ held_pending: String(6n * FAR), claimable: "0" });
  await bench.settled(context);
  expect(await posted(`far:held:${nodeId}`)).toBe(0n);
  const state = await bench.network.roles.oracle.nodeState({ owner: operator.account.address, nodeId });
  expect(state.stakeWei).toBe(6n * FAR);
  expect(await ownerEarnings(bench.context, owner)).toMatchObject({
    nodes: [{ node_id: nodeId, held: String(6n * FAR), held_pending: "0", claimable: "0" }],
  });
  await expectClean();
});

it("settles what the treasury pays out of its own balance, as far as that goes, and shows the rest as waiting", async () => {
  const { treasury, oracle } = bench.network.roles;
  const before = (await oracle.escrowState()).treasuryWei;
  if (before > 0n) await treasury.claimTreasury({ amountWei: before });
  await treasury.approve({ amountWei: 10n * FAR });
  await treasury.fundTreasury({ amountWei: 10n * FAR });
  await bench.round(context);
  // A slice of the pool becomes the float that tasks reserve on.
  await db.sql.begin((tx) =>
    bench.ledger.transfer(tx, "float:test", [
      { id: "float:test", debit: "far:pool:treasury", credit: "far:float", amount: 10n * FAR, kind: "float" },
    ]),
  );
  for (let i = 0; i < 2; i += 1) expect((await bench.pay({ payer: "treasury", chargeWei: 4n * FAR })).ok).toBe(true);
  // The treasury takes half of it from the contract meanwhile.
  await treasury.claimTreasury({ amountWei: 5n * FAR });
  await bench.round(context);
  for (let i = 0; i < 4; i += 1) await bench.round(context);
  const [row] = await db.sql<{ n: string }[]>`SELECT count(*) AS n FROM settlement.receipts WHERE epoch IS NULL`;
  expect(row?.n).toBe("1");
  expect((await oracle.escrowState()).pendingWei).toBe(0n);
  expect((await solvency(bench.context)).unsettled).toBe(String(4n * FAR));
  await treasury.approve({ amountWei: 10n * FAR });
  await treasury.fundTreasury({ amountWei: 10n * FAR });
  await bench.settled(context);
  const [debits] = await db.sql<{ wei: string }[]>`SELECT sum(treasury_debit_wei) AS wei FROM settlement.epochs`;
  expect(debits?.wei).toBe(String(8n * FAR));
  await expectClean();
});

it("publishes every epoch as a file whose roots and totals rebuild, and which no change escapes", async () => {
  await bench.round(context);
  const names = (await readdir(directory)).sort();
  const last = Number(await bench.network.roles.oracle.settledEpoch());
  expect(names).toEqual(Array.from({ length: last }, (_, i) => `epoch-${i + 1}.json`).sort());
  const at = ["--rpc", bench.network.local.rpcUrl, "--contract", bench.network.contracts.inferencePayment];
  for (const name of [names.at(0), names.at(-1)]) {
    const path = join(directory, name ?? "");
    expect(await rebuild(path, ...at)).toMatchObject({ code: 0, out: expect.stringContaining("says the same") });
  }
  const path = join(directory, "epoch-1.json");
  const text = await readFile(path, "utf8");
  expect(await readEpochFile(bench.context, 1)).toBe(text);
  expect(text).not.toMatch(/"0x[0-9a-f]{40}"(?!,"credits")/);
  // Lost files come back, byte for byte.
  await rm(path);
  await bench.round(context);
  expect(await readFile(path, "utf8")).toBe(text);

  const changed = join(directory, "changed.json");
  const file = JSON.parse(text) as Record<string, unknown>;
  const other = (value: unknown): unknown => {
    if (typeof value === "number") return value + 1;
    if (typeof value === "string") return value.replace(/.$/, (c) => (c === "1" ? "2" : "1"));
    if (value === null) return `0x${"11".repeat(32)}`;
    return (value as unknown[]).length === 0 ? ["1"] : (value as unknown[]).slice(1);
  };
  for (const [name, value] of Object.entries(file)) {
    await writeFile(changed, JSON.stringify({ ...file, [name]: other(value) }));
    expect({ name, ...(await rebuild(changed, ...at)) }).toMatchObject({ name, code: 1 });
  }
  await writeFile(changed, JSON.stringify(file, null, 1));
  expect((await rebuild(changed)).code).toBe(1);
  expect((await rebuild(changed, "--rpc", "http://127.0.0.1:1")).code).toBe(2);
  const missing = await readEpochFile(bench.context, last + 1).catch((e: unknown) => e);
  expect(isFarError(missing) && missing.code).toBe("epoch_not_found");
}, 60_000);

it("opens a lasting state again after it was resolved, and closes it by itself when it is over", async () => {
  const open = async () =>
    (await db.sql`SELECT 1 FROM settlement.findings WHERE key = 'x' AND resolved_at IS NULL`).length;
  await raiseFinding(db.sql, { key: "x", code: "x", detail: "one" });
  await resolveFinding(bench.context, "x", { actor: "a", reason: "thought so" });
  expect(await open()).toBe(0);
  await raiseFinding(db.sql, { key: "x", code: "x", detail: "two" });
  expect(await open()).toBe(1);
  await settleFinding(db.sql, "x");
  expect(await open()).toBe(0);
});
