/** For this module's tests: the mirror over a real database and a real chain, fed with what the chain says. */
import { startTestNetwork, type TestNetwork, type TestWallet } from "@farlabs/chain/local/testing";
import { type Address, zeroHash } from "viem";
import { systemClock } from "#kernel";
import { noLog } from "#platform/log";
import { createOutbox, type Outbox } from "#platform/outbox";
import type { Sql, Tx } from "#platform/pg";
import { type StakingConfig, stakingConfig } from "./config.ts";
import { createStaking } from "./createStaking.ts";
import type { Staking } from "./staking.ts";

export const FAR = 10n ** 18n;

export interface Bench {
  staking: Staking;
  network: TestNetwork;
  outbox: Outbox;
  /** Ms since 1970 of the newest block; what the module takes for now. */
  now(): Promise<number>;
  /** Applies every event since the last time, each twice. */
  catchUp(): Promise<void>;
  /** Puts FAR into the stakers' pool of the escrow by settling an epoch. */
  earn(amountWei: bigint): Promise<void>;
  close(): Promise<void>;
}

/** A wallet that needs no permits: their deadline is by our clock, and tests let the chain's run ahead by years. */
export async function approved(network: TestNetwork, spender: Address): Promise<TestWallet> {
  const wallet = await network.wallet(1_000_000n * FAR);
  await wallet.chain.approve({ spender, amountWei: 10n ** 30n });
  return wallet;
}

export async function startBench(sql: Sql, env: Partial<Record<keyof StakingConfig, string>> = {}): Promise<Bench> {
  const network = await startTestNetwork();
  const outbox = createOutbox({ sql, log: noLog });
  const chain = network.roles.oracle;
  let nowMs = Date.now();
  const staking = createStaking({
    ...{ sql, chain, outbox, log: noLog, config: stakingConfig.parse(env) },
    clock: { now: () => nowMs, monotonic: systemClock.monotonic },
    rate8: () => 10_000_000n,
    accountOf: async (wallet) => `acc_${wallet.slice(2, 8)}`,
  });
  let payer: TestWallet | undefined;
  let epoch = 0n;
  let next = 0n;

  async function now(): Promise<number> {
    const head = await chain.getBlockRef();
    nowMs = Number(head?.timestampS ?? 0n) * 1_000;
    return nowMs;
  }
  return {
    ...{ staking, network, outbox, now },
    async catchUp() {
      const to = await chain.reader.getBlockNumber();
      const events = await chain.readEvents({ fromBlock: next, toBlock: to });
      for (const event of events) {
        if (event.contract !== "staking") continue;
        for (let time = 0; time < 2; time += 1) await sql.begin((tx) => staking.apply(tx as unknown as Tx, event));
      }
      next = to + 1n;
      await now();
    },
    async earn(amountWei) {
      payer ??= await approved(network, network.contracts.inferencePayment);
      await payer.chain.deposit({ amountWei });
      epoch += 1n;
      await chain.settleBatch({
        ...{ epoch, taskCount: 1, receiptsRoot: `0x${"11".repeat(32)}`, treasuryDebitWei: 0n },
        ...{ stakersWei: amountWei, treasuryWei: 0n, payeesRoot: zeroHash },
        ...{ debits: [{ wallet: payer.account.address, amountWei }], credits: [] },
      });
    },
    async close() {
      await outbox.stop();
      await network.close();
    },
  };
}
