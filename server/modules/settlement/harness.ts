/** For this module's tests: the whole of settlement on a real database and a real chain, driven step by step. */
import { type FarChain, inferencePaymentAbi } from "@farlabs/chain";
import { startTestNetwork, type TestNetwork } from "@farlabs/chain/local/testing";
import type { Hex, LocalAccount } from "viem";
import { newId } from "#kernel";
import { createLedger, type Ledger, splitCharge } from "#ledger";
import { noLog } from "#platform/log";
import { createOutbox, type Outbox } from "#platform/outbox";
import { createGroupCommit, type GroupCommit, type Outcome, type Sql } from "#platform/pg";
import { settlementConfig } from "./config.ts";
import { lead } from "./jobs/lead.ts";
import type { Context } from "./operations/context.ts";
import { receiptContributor } from "./operations/insertReceipts.ts";
import { FLOAT, heldAccount, ownerAccount, TREASURY_PAYER, taskAccount, walletAccount } from "./operations/wallets.ts";

export const OWNER = `0x${"0e".repeat(20)}`;
const HEX32 = `0x${"00".repeat(32)}`;

export interface Bench {
  ledger: Ledger;
  outbox: Outbox;
  commit: GroupCommit;
  network: TestNetwork;
  context: Context;
  /** Reserves and posts a task of one node. */
  spend(wallet: string, chargeWei: bigint, owner?: string): Promise<Outcome>;
  reserve(wallet: string, amountWei: bigint): Promise<string | null>;
  post(taskId: string, wallet: string, chargeWei: bigint, owner?: string): Promise<Outcome>;
  /** Reserves exactly the charge and posts it. */
  pay(spending: Spending): Promise<Outcome>;
  void(taskId: string): Promise<Outcome>;
  /** One round of the leader, two seconds later than the last. */
  round(context?: Context): Promise<boolean>;
  /** Lets time pass on the chain and here. */
  passTime(seconds: number): Promise<void>;
  /** Rounds until nothing is pending and no epoch is in flight. @throws Error when that does not come */
  settled(context?: Context): Promise<void>;
  /** What a wallet has in the contract, before what is not settled yet. */
  onChain(wallet: string): Promise<bigint>;
  close(): Promise<void>;
}

type Params = NonNullable<Parameters<typeof startTestNetwork>[0]>["params"];

export interface BenchOptions {
  sql: Sql;
  params?: Params;
  env?: Record<string, string>;
  /** Instead of a throwaway network of its own. */
  network?: TestNetwork;
}

const settings = (env: Record<string, string>) =>
  settlementConfig.parse({ CHAIN_CONFIRMATIONS: "1", SETTLEMENT_EPOCH_INTERVAL_S: "1", ...env });

function signerOf(network: TestNetwork): LocalAccount {
  const { account } = network.roles.signer;
  if (account === undefined) throw new Error("the signer signs");
  return account;
}

/** A context over the same database and chain: another process, as far as settlement can tell. */
export const contextOf = (bench: Pick<Bench, "context">, changes: Partial<Context>): Context => ({
  ...bench.context,
  ...changes,
});

/** Where a payer's money lies: a wallet, the treasury's float, or a task on chain (`task:0x…`). */
const accountOf = (payer: string): string => {
  if (payer === TREASURY_PAYER) return FLOAT;
  return payer.startsWith("task:") ? taskAccount(payer.slice("task:".length)) : walletAccount(payer);
};

/** A task of one node, as inference would post it. */
export interface Spending {
  /** A wallet, `treasury` or `task:0x…`. */
  payer: string;
  chargeWei: bigint;
  owner?: string;
  nodeId?: string;
  /** Earned into held stake. */
  held?: boolean;
  score?: number;
}

function receiptOf(taskId: string, spending: Spending, nowMs: number) {
  const { payer: wallet, chargeWei, owner = OWNER, nodeId = "node_1", held = false, score = 80 } = spending;
  const account = held ? heldAccount(nodeId) : ownerAccount(owner);
  const split = splitCharge(chargeWei, [{ account, outputTokens: 10, score }]);
  const operatorWei = split.operators.reduce((sum, o) => sum + o.amount, 0n);
  return {
    split,
    receipt: {
      ...{ taskId, payerWallet: wallet, payerAccount: `acc_${wallet}`, payerSalt: HEX32, model: "far-mini" },
      nodes: [
        {
          ...{ nodeId, owner, attempt: 1, tokens: 10, tokensClaimed: 10, score },
          ...{ amountWei: operatorWei, held, outputHash: HEX32 },
        },
      ],
      ...{ purpose: "user" as const, asset: "FAR" as const, chargeVcu: null, manifestHash: HEX32 },
      ...{ inputTokens: 5, outputTokens: 10, inputMicro: 200_000n, outputMicro: 200_000n, rate8: 10_000_000n },
      ...{ chargeWei, requestHash: HEX32, responseHash: HEX32, salt: HEX32, createdAtMs: nowMs },
      split: { operatorWei, stakersWei: split.stakers, treasuryWei: split.treasury },
    },
  };
}

/** Another chain, other books: everything that settlement and ledger know is forgotten. `owner` owns the tables. */
export async function emptyBooks(owner: Sql): Promise<void> {
  const tables = await owner<{ name: string }[]>`
    SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
    WHERE schemaname IN ('settlement', 'ledger') AND tablename <> 'sweep'`;
  await owner.unsafe(`TRUNCATE ${tables.map((table) => table.name).join(", ")} CASCADE`);
}

/** Starts everything but the loops; `round` is the loop. */
export async function startBench(options: BenchOptions): Promise<Bench> {
  const { sql, params, env = {} } = options;
  const network = options.network ?? (await startTestNetwork(params === undefined ? {} : { params }));
  const ledger = createLedger({ sql });
  const outbox = createOutbox({ sql, log: noLog });
  const commit = createGroupCommit(sql);
  commit.register("funds", ledger.contributor);
  commit.register("receipt", receiptContributor);
  let nowMs = Date.now();
  const clock = { now: () => nowMs, monotonic: () => nowMs };
  const chain: FarChain = network.roles.oracle;
  const context: Context = {
    ...{ sql, ledger, outbox, chain, clock, config: settings(env), log: noLog },
    signer: signerOf(network),
    subscribers: {},
    failures: new Map(),
    taskMsMax: 1_800_000,
    crashPoint: () => {},
  };

  async function reserve(wallet: string, amountWei: bigint): Promise<string | null> {
    const id = newId("task");
    const legs = [{ account: accountOf(wallet), amount: amountWei }];
    const outcome = await commit.submit({ funds: { kind: "reserve", id, legs, expiresAtMs: Date.now() + 600_000 } });
    return outcome.ok ? id : null;
  }
  async function postSpending(taskId: string, spending: Spending): Promise<Outcome> {
    const { split, receipt } = receiptOf(taskId, spending, nowMs);
    const to = [
      ...split.operators,
      { account: "far:pool:stakers", amount: split.stakers },
      { account: "far:pool:treasury", amount: split.treasury },
    ].filter((leg) => leg.amount > 0n);
    const funds = { kind: "post", id: taskId, legs: [{ account: accountOf(spending.payer), to }] };
    return commit.submit({ funds, receipt });
  }
  const post = (taskId: string, wallet: string, chargeWei: bigint, owner = OWNER): Promise<Outcome> =>
    postSpending(taskId, { payer: wallet, chargeWei, owner });
  async function pay(spending: Spending): Promise<Outcome> {
    const id = await reserve(spending.payer, spending.chargeWei);
    if (id === null) throw new Error(`${spending.payer} cannot reserve ${spending.chargeWei}`);
    return postSpending(id, spending);
  }
  const round = (other: Context = context): Promise<boolean> => {
    nowMs += 2_000;
    return lead(other);
  };

  return {
    ...{ ledger, outbox, commit, network, context, reserve, post, pay, round },
    async spend(wallet, chargeWei, owner = OWNER) {
      const id = await reserve(wallet, chargeWei * 2n);
      if (id === null) throw new Error(`${wallet} cannot reserve ${chargeWei * 2n}`);
      return post(id, wallet, chargeWei, owner);
    },
    async passTime(seconds) {
      nowMs += seconds * 1_000;
      await network.passTime(seconds);
    },
    void: (taskId) => commit.submit({ funds: { kind: "void", id: taskId } }),
    async settled(other = context) {
      for (let rounds = 0; rounds < 60; rounds += 1) {
        await round(other);
        const [row] = await sql<{ done: boolean }[]>`
          SELECT NOT EXISTS (SELECT 1 FROM settlement.receipts WHERE epoch IS NULL)
            AND NOT EXISTS (SELECT 1 FROM settlement.epochs WHERE status <> 'settled') AS done`;
        if (row?.done === true) return;
      }
      throw new Error("receipts are still unsettled after 60 rounds");
    },
    onChain: (wallet) =>
      chain.reader.readContract({
        ...{ address: chain.contracts.inferencePayment, abi: inferencePaymentAbi },
        ...{ functionName: "userBalances", args: [wallet as Hex] },
      }),
    async close() {
      await commit.close();
      await outbox.stop();
      if (options.network === undefined) await network.close();
    },
  };
}
