/** Epochs and single tasks side by side on a real contract, under a node that estimates no more than a transaction may ask for. */
import type { FarChain } from "@farlabs/chain";
import { bytesToHex, createTestClient, http } from "viem";
import { afterEach, beforeEach, expect, it } from "vitest";
import { testDatabase } from "#testing";
import { audit } from "../audit/audit.ts";
import { type Bench, contextOf, emptyBooks, startBench } from "../harness.ts";
import { TX_GAS_MAX } from "../operations/batchGas.ts";
import type { Context } from "../operations/context.ts";

const FAR = 10n ** 18n;
const db = await testDatabase();
let bench: Bench;

beforeEach(async () => {
  await emptyBooks(db.owner);
  bench = await startBench({ sql: db.sql });
});
afterEach(() => bench.close());

const testerOf = ({ network }: Bench) => createTestClient({ mode: "anvil", transport: http(network.local.rpcUrl) });
const settledEpoch = () => bench.network.roles.oracle.settledEpoch();

async function tasksOf(count: number): Promise<`0x${string}`[]> {
  const user = await bench.network.wallet(FAR);
  await user.chain.approve({ amountWei: FAR });
  const ids = Array.from({ length: count }, () => bytesToHex(crypto.getRandomValues(new Uint8Array(32))));
  for (const taskId of ids) await user.chain.createTask({ taskId, estimatedWei: 1_000n });
  await bench.round();
  return ids;
}

it("settles the epoch of who leaves however many single tasks drip in, and those beside it", async () => {
  const tester = testerOf(bench);
  const payer = await bench.network.wallet(10n * FAR);
  await payer.chain.approve({ amountWei: 10n * FAR });
  await payer.chain.deposit({ amountWei: 10n * FAR });
  const ids = await tasksOf(12);
  await bench.spend(payer.account.address.toLowerCase(), FAR);
  await payer.chain.requestExit();
  await tester.setAutomine(false);
  for (const id of ids.slice(0, 4)) {
    await bench.pay({ payer: `task:${id}`, chargeWei: 1_000n });
    await bench.round();
    await tester.mine({ blocks: 1 });
  }
  expect(await settledEpoch()).toBe(1n);
  // All that wait at once are mined in one block.
  for (const id of ids.slice(4)) await bench.pay({ payer: `task:${id}`, chargeWei: 1_000n });
  await bench.round();
  await tester.mine({ blocks: 1 });
  for (const taskId of ids) expect((await payer.chain.taskOf({ taskId }))?.escrowedWei).toBe(0n);
  await tester.setAutomine(true);
  await tester.mine({ blocks: 1 });
  await bench.settled();
  expect((await audit(bench.context, {})).findings).toEqual([]);
});

it("goes on after a death between two of several completions, each done once", async () => {
  const tester = testerOf(bench);
  const ids = await tasksOf(3);
  await tester.setAutomine(false);
  for (const id of ids) await bench.pay({ payer: `task:${id}`, chargeWei: 1_000n });
  let signed = 0;
  const dying = contextOf(bench, {
    crashPoint(name) {
      if (name === "task.signed" && ++signed === 2) throw new Error("killed");
    },
  });
  await expect(bench.round(dying)).rejects.toThrow("killed");
  await bench.round();
  await tester.mine({ blocks: 1 });
  await tester.setAutomine(true);
  // What was signed and never sent waits for its time to be sent again.
  await bench.passTime(120);
  await bench.settled();
  const nonces = await db.sql`SELECT DISTINCT nonce FROM settlement.attempts`;
  expect(nonces).toHaveLength(3);
  expect((await audit(bench.context, {})).findings).toEqual([]);
});

/** A node that answers no estimate beyond what one transaction may ask for. */
function strict({ context }: Bench, gasMax: bigint): Context {
  const { chain } = context;
  const estimateGas: FarChain["reader"]["estimateGas"] = async (call) => {
    const gas = await chain.reader.estimateGas(call);
    if (gas > gasMax) throw new Error(`gas required exceeds allowance (${gasMax})`);
    return gas;
  };
  const reader = new Proxy(chain.reader, {
    get: (target, key) => (key === "estimateGas" ? estimateGas : Reflect.get(target, key)),
  });
  return contextOf({ context }, { chain: { ...chain, reader } });
}

/** Payers that have nothing on chain, operators it never saw, and a treasury that cannot stand in: the dearest batch there is. */
async function dearReceipts(count: number): Promise<void> {
  await bench.network.roles.treasury.approve({ amountWei: FAR });
  await bench.network.roles.treasury.deposit({ amountWei: FAR });
  await bench.round();
  const half = "lpad(to_hex(i), 40, '0')";
  await db.owner.unsafe(`
    INSERT INTO settlement.receipts (task_id, payer_wallet, payer_account, payer_salt, nodes, model, input_tokens, output_tokens, input_micro,
      output_micro, rate8, commit_id, purpose, asset, charge_wei, operator_wei, stakers_wei, treasury_wei, request_hash, response_hash, salt, created_at)
    SELECT 'task_' || i, '0x' || ${half}, 'acc', 's', jsonb_build_array(jsonb_build_object('nodeId', 'n', 'owner', '0x' || ${half},
      'tokens', 5, 'amountWei', '600')), 'm', 5, 5, 1, 1, 1, 0, 'user', 'FAR', 1000, 600, 200, 200, 'q', 'a', 's', now() - interval '1 hour'
    FROM generate_series(1, ${count}) i`);
}

it("halves a batch that the node will not even estimate", async () => {
  await dearReceipts(400);
  const osaka = strict(bench, TX_GAS_MAX);
  for (let i = 0; i < 8; i += 1) await bench.round(osaka);
  const epochs = await db.sql<{ status: string; task_count: number }[]>`
    SELECT status, task_count FROM settlement.epochs ORDER BY epoch`;
  expect(new Set(epochs.map((e) => e.status))).toEqual(new Set(["settled"]));
  expect(epochs.reduce((sum, e) => sum + e.task_count, 0)).toBe(400);
}, 120_000);

it("takes an epoch back that has come to need more gas than one transaction may have", async () => {
  await dearReceipts(60);
  const dying = contextOf(bench, {
    crashPoint(name) {
      if (name === "epoch.stored") throw new Error(name);
    },
  });
  await expect(bench.round(dying)).rejects.toThrow("epoch.stored");
  const poor = strict(bench, 2_000_000n);
  for (let i = 0; i < 12; i += 1) await bench.round(poor);
  const epochs = await db.sql<{ status: string; task_count: number }[]>`
    SELECT status, task_count FROM settlement.epochs ORDER BY epoch`;
  expect(epochs.length).toBeGreaterThan(1);
  expect(await settledEpoch()).toBe(BigInt(epochs.length));
}, 120_000);
