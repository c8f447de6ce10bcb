/** Behind settlement's listener: what is not confirmed never reaches the mirror, so a reorganisation has nothing to take back. */
import { createTestClient, http, publicActions } from "viem";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { systemClock } from "#kernel";
import { createLedger } from "#ledger";
import { noLog } from "#platform/log";
import { createSettlement, type Settlement, settlementConfig } from "#settlement";
import { testDatabase } from "#testing";
import { approved, type Bench, FAR, startBench } from "./harness.ts";

const CONFIRMATIONS = 4;
const db = await testDatabase();
let bench: Bench;
let settlement: Settlement;

beforeAll(async () => {
  bench = await startBench(db.sql);
  const { network, outbox, staking } = bench;
  const { account } = network.roles.signer;
  if (account === undefined) throw new Error("a role signs");
  settlement = createSettlement({
    ...{ sql: db.sql, ledger: createLedger({ sql: db.sql }), outbox, chain: network.roles.oracle, signer: account },
    ...{ taskMsMax: 1_800_000, clock: systemClock, log: noLog, subscribers: { staking: staking.apply } },
    config: settlementConfig.parse({ CHAIN_CONFIRMATIONS: String(CONFIRMATIONS), CHAIN_POLL_MS: "50" }),
  });
});
afterAll(async () => {
  await settlement.stop();
  await bench.close();
});

it("mirrors what is confirmed, and follows a reorganisation above the confirmations", async () => {
  const { network, staking } = bench;
  const chain = network.connect();
  const tester = createTestClient({
    ...{ mode: "anvil", transport: http(network.local.rpcUrl, { retryCount: 0 }), cacheTime: 0 },
  }).extend(publicActions);
  const holder = await approved(network, network.contracts.staking);
  const wallet = holder.account.address.toLowerCase();
  const stakes = async () => (await staking.records([wallet], { limit: 10 })).data.map((r) => r.amount);
  /** The listener has read all that is confirmed. */
  const caughtUp = () =>
    vi.waitUntil(
      async () => {
        const head = await chain.reader.getBlockNumber({ cacheTime: 0 });
        const [cursor] = await db.sql<
          { block: string }[]
        >`select block_number::text as block from settlement.chain_cursor`;
        return cursor !== undefined && BigInt(cursor.block) === head - BigInt(CONFIRMATIONS - 1);
      },
      { timeout: 20_000 },
    );

  await settlement.start();
  await holder.chain.stake({ amountWei: FAR, lockDays: 0 });
  await tester.mine({ blocks: CONFIRMATIONS - 1 });
  await caughtUp();
  expect(await stakes()).toEqual([String(FAR)]);

  const fork = await tester.snapshot();
  await holder.chain.stake({ amountWei: 5n * FAR, lockDays: 365 });
  await tester.mine({ blocks: CONFIRMATIONS - 2 });
  await caughtUp();
  expect(await stakes()).toEqual([String(FAR)]);

  // The second stake's block goes; another stake, with the same number, comes in its place.
  await tester.revert({ id: fork });
  await holder.chain.stake({ amountWei: 7n * FAR, lockDays: 30 });
  await tester.mine({ blocks: CONFIRMATIONS });
  await caughtUp();
  expect(await stakes()).toEqual([String(7n * FAR), String(FAR)]);
  const { positions } = await chain.stakingState({ user: holder.account.address });
  expect(positions.map((p) => p.amountWei.toString()).sort()).toEqual((await stakes()).sort());
});
