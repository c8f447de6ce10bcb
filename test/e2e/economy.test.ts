/**
 * Ten users, five operators (one of whom earns its stake) and three stakers, two thousand tasks over several epochs. Afterwards chain, ledger and
 * receipts agree to the wei, the stakers have their fifth, and everybody leaves with what is theirs.
 */
import { connectNode, noLog } from "@farlabs/agent";
import { testDatabase } from "@farlabs/server/testing";
import { parseEther } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Account, type Builder, type Network, startNetwork } from "../support/network.ts";
import { quickEngine } from "../support/quickEngine.ts";

const TASKS = 2_000;
const ROUNDS = 4;
const AT_ONCE = 32;
const MODEL = "quick";
const STREAM_S = 3_600;

const db = await testDatabase();
let network: Network;
const users: Builder[] = [];
const stakers: Account[] = [];
const operators: (Account & { nodeId: string; earnsIn: boolean })[] = [];
const links: ReturnType<typeof connectNode>[] = [];

const until = async (what: string, check: () => Promise<boolean>, tries = 300): Promise<void> => {
  for (let i = 0; i < tries; i += 1) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`never: ${what}`);
};

async function join(owner: Account): Promise<string> {
  const link = connectNode({
    network: network.url(),
    token: await network.joinToken(owner),
    key: privateKeyToAccount(generatePrivateKey()),
    engines: [quickEngine(MODEL, 4 + operators.length)],
    machine: { gpuModel: "test", vramGb: 0, cpu: "test", cores: 1, memoryGb: 1 },
    log: noLog,
  });
  links.push(link);
  return (await link.ready).nodeId;
}

beforeAll(async () => {
  // The network's own checks would go on earning for operators while the books are compared.
  const env = { SETTLEMENT_EPOCH_INTERVAL_S: "2", TRUST_CANARY_S: "1000000" };
  network = await startNetwork({ databaseUrl: db.url, env });
  for (let i = 0; i < 5; i += 1) {
    const owner = await network.account();
    const nodeId = await join(owner);
    operators.push({ ...owner, nodeId, earnsIn: i === 4 });
    if (i < 4) await network.stakeNode(owner, nodeId);
  }
  for (const lockDays of [0, 30, 365] as const) {
    const staker = await network.account();
    await staker.wallet.chain.stake({ amountWei: parseEther("1000"), lockDays });
    stakers.push(staker);
  }
  for (let i = 0; i < 10; i += 1) users.push(await network.builder(100));
  await network.untilServed(MODEL);
}, 120_000);
afterAll(async () => {
  await Promise.all(links.map((link) => link.close()));
  await network?.close();
});

async function ask(user: Builder): Promise<number> {
  const response = await fetch(`${network.url()}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${user.apiKey}`, "content-type": "application/json" },
    body: JSON.stringify({ model: MODEL, max_tokens: 32, messages: [{ role: "user", content: "pay for this" }] }),
  });
  await response.text();
  return response.status;
}

async function settled(): Promise<void> {
  await until("everything is settled", async () => {
    const [row] = await db.owner<{ waiting: number }[]>`
      select count(*)::int as waiting from settlement.receipts r
      where not exists (select 1 from settlement.epochs e where e.epoch = r.epoch and e.status = 'settled')`;
    return row?.waiting === 0;
  });
}

/** One figure of the database, wei. */
async function sum(query: Promise<readonly { wei: string | null }[]>): Promise<bigint> {
  return BigInt((await query)[0]?.wei ?? "0");
}
const charged = (wallet: string): Promise<bigint> =>
  sum(db.owner`select sum(charge_wei)::text as wei from settlement.receipts where payer_wallet = ${wallet}`);
const earned = (owner: string, held: boolean): Promise<bigint> =>
  sum(db.owner`
    select sum((n->>'amountWei')::numeric)::text as wei from settlement.receipts, jsonb_array_elements(nodes) n
    where n->>'owner' = ${owner} and (n->>'held')::boolean = ${held}`);

test("two thousand tasks in several epochs, each paid", async () => {
  const statuses: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < TASKS / ROUNDS) {
        const user = users[next++ % users.length];
        if (user !== undefined) statuses.push(await ask(user));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    await settled();
  }
  expect(statuses.filter((s) => s === 200)).toHaveLength(TASKS);
  const [count] = await db.owner<{ tasks: number; epochs: number }[]>`
    select count(*)::int as tasks, count(distinct epoch)::int as epochs from settlement.receipts where purpose = 'user'`;
  expect(count?.tasks).toBe(TASKS);
  expect(count?.epochs).toBeGreaterThanOrEqual(ROUNDS);
}, 120_000);

test("chain, ledger and receipts agree to the wei", async () => {
  for (const user of users) {
    const spent = await charged(user.address);
    const [balance] = await user.client.balances.list();
    expect(spent).toBeGreaterThan(0n);
    expect(BigInt(balance?.available ?? "0")).toBe(parseEther("100") - spent);
    expect(await user.wallet.chain.userBalance({ wallet: user.wallet.account.address })).toBe(
      parseEther("100") - spent,
    );
  }
  for (const { wallet, address, nodeId, earnsIn } of operators) {
    const mine = await earned(address, earnsIn);
    expect(mine).toBeGreaterThan(0n);
    expect(await earned(address, !earnsIn)).toBe(0n);
    const owner = wallet.account.address;
    if (earnsIn) expect((await wallet.chain.nodeState({ owner, nodeId })).stakeWei).toBe(mine);
    else expect(await wallet.chain.owed({ payee: owner })).toBe(mine);
    const ledger = await sum(
      db.owner`select sum(amount)::text as wei from ledger.transfers where credit = ${earnsIn ? `far:held:${nodeId}` : `far:owner:${address}`}`,
    );
    expect(ledger).toBe(mine);
  }
  const fifths = await sum(db.owner`select sum(floor(charge_wei / 5))::text as wei from settlement.receipts`);
  const paidOut = await sum(
    db.owner`select (-sum(escrow_delta_wei))::text as wei from settlement.chain_events where name = 'StakersPaid'`,
  );
  expect((await network.chain.roles.admin.escrowState()).stakersWei + paidOut).toBe(fifths);
  expect(await network.admin("/audit")).toMatchObject({ findings: [] });
}, 60_000);

test("everybody leaves: vouchers and exits, claims, stakes and their revenue", async () => {
  const { chain } = network;
  for (const [i, user] of users.entries()) {
    const wallet = user.wallet.account.address;
    const before = await user.wallet.chain.tokenBalance({ wallet });
    const due = await user.wallet.chain.userBalance({ wallet });
    if (i % 2 === 1) {
      await user.wallet.chain.requestExit();
      continue;
    }
    const made = await user.session.withdrawals.create({ wallet, amount: due.toString() });
    await user.wallet.chain.withdrawVoucher({
      signature: made.signature as `0x${string}`,
      voucher: {
        ...{ wallet, amountWei: BigInt(made.amount), nonce: BigInt(made.nonce) },
        ...{
          exitCounter: BigInt(made.exit_counter),
          expiresAtS: BigInt(made.expires_at),
        },
      },
    });
    expect(await user.wallet.chain.tokenBalance({ wallet })).toBe(before + due);
  }
  await chain.passTime(61);
  for (const user of users.filter((_, i) => i % 2 === 1)) {
    const wallet = user.wallet.account.address;
    const due = await user.wallet.chain.userBalance({ wallet });
    const before = await user.wallet.chain.tokenBalance({ wallet });
    await user.wallet.chain.finishExit({ wallet });
    expect(await user.wallet.chain.tokenBalance({ wallet })).toBe(before + due);
  }

  for (const { wallet, nodeId, earnsIn } of operators) {
    const owner = wallet.account.address;
    const { stakeWei } = await wallet.chain.nodeState({ owner, nodeId });
    await wallet.chain.requestUnbond({ nodeId, amountWei: stakeWei });
    if (!earnsIn) await wallet.chain.claim();
  }
  const arrived = (await stakers[0]?.wallet.chain.stakingMetrics())?.streamLeftWei ?? 0n;
  const [first] = stakers;
  const inPool = (await chain.roles.admin.escrowState()).stakersWei;
  if (inPool > 0n) await first?.wallet.chain.pullRevenue();
  await chain.passTime(STREAM_S + 60);
  for (const { wallet, nodeId } of operators) {
    const owner = wallet.account.address;
    const before = await wallet.chain.tokenBalance({ wallet: owner });
    const { unbondingWei } = await wallet.chain.nodeState({ owner, nodeId });
    await wallet.chain.withdrawUnbonded({ nodeId });
    expect(await wallet.chain.tokenBalance({ wallet: owner })).toBe(before + unbondingWei);
  }
  let revenue = 0n;
  for (const { wallet } of stakers) {
    const { revenueWei } = await wallet.chain.stakingState({ user: wallet.account.address });
    expect(revenueWei).toBeGreaterThan(0n);
    revenue += revenueWei;
    await wallet.chain.claimRewards();
  }
  const fifths = await sum(db.owner`select sum(floor(charge_wei / 5))::text as wei from settlement.receipts`);
  // Each division of the stream among the weights may leave a wei with the pool; it is carried, not lost.
  expect(fifths - revenue).toBeGreaterThanOrEqual(0n);
  expect(fifths - revenue).toBeLessThan(1_000n);
  expect(arrived).toBeLessThanOrEqual(fifths);

  const state = await chain.roles.admin.escrowState();
  expect(state).toMatchObject({
    usersWei: 0n,
    owedWei: 0n,
    rootedWei: 0n,
    tasksWei: 0n,
    stakersWei: 0n,
    pendingWei: 0n,
  });
  expect(state.tokenBalanceWei).toBe(state.treasuryWei);
  await until("the ledger has seen everybody leave", async () => {
    const [row] = await db.owner<{ wei: string | null }[]>`
      select sum(amount * case when credit ~ '^far:(wallet|owner|held|voucher):' then 1 else 0 end
                 - amount * case when debit ~ '^far:(wallet|owner|held|voucher):' then 1 else 0 end)::text as wei from ledger.transfers`;
    return row?.wei === "0";
  });
  const solvency = (await (await fetch(`${network.url()}/api/v1/network/solvency`)).json()) as { difference: string };
  expect(solvency.difference).toBe("0");
  expect(await network.admin("/audit")).toMatchObject({ findings: [] });
}, 120_000);
