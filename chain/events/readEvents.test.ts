import fc from "fast-check";
import { createTestClient, http, RpcRequestError } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestNetwork, type TestNetwork, type TestWallet } from "../local/testing.ts";
import { type ChainEvent, readEvents } from "./readEvents.ts";

const TOO_MANY = { code: -32005, message: "query returned more than 10000 results" };

let network: TestNetwork;
let wallets: TestWallet[];

beforeAll(async () => {
  network = await startTestNetwork();
  wallets = [await network.wallet(), await network.wallet(), await network.wallet()];
});

afterAll(() => network.close());

async function head(): Promise<bigint> {
  const block = await network.connect().getBlockRef();
  if (block === undefined) throw new Error("a chain has a newest block");
  return block.number;
}

/** What a listener would make of the events. */
function balancesFrom(events: readonly ChainEvent[]): Map<string, bigint> {
  const balances = new Map<string, bigint>();
  for (const event of events) {
    if (event.name === "Deposited") {
      balances.set(event.args.wallet, (balances.get(event.args.wallet) ?? 0n) + event.args.creditedAmount);
    }
    if (event.name === "Withdrawn") {
      balances.set(event.args.wallet, (balances.get(event.args.wallet) ?? 0n) - event.args.amount);
    }
  }
  return balances;
}

test("events carry name, arguments and place, in chain order", async () => {
  const from = (await head()) + 1n;
  const wallet = wallets[0];
  if (wallet === undefined) throw new Error("three wallets were made");
  const deposited = await wallet.chain.deposit({ amountWei: 7n });
  const requested = await wallet.chain.requestExit();
  await wallet.chain.cancelExit();
  const events = await network.connect().readEvents({ fromBlock: from, toBlock: await head() });
  expect(events.map(({ name }) => name)).toEqual(["Deposited", "ExitRequested", "ExitCancelled"]);
  expect(events[0]).toMatchObject({
    contract: "inferencePayment",
    args: { wallet: wallet.account.address, amount: 7n, creditedAmount: 7n, receivablePaidAmount: 0n },
    txHash: deposited.hash,
    blockNumber: deposited.blockNumber,
    blockHash: deposited.blockHash,
  });
  expect(events[1]).toMatchObject({ args: { exitCounter: 1n }, txHash: requested.hash });
});

test("the events of all three contracts come in one stream, in the order in which they happened", async () => {
  const from = (await head()) + 1n;
  const owner = await network.wallet();
  await owner.chain.deposit({ amountWei: 7n });
  await network.stakeNode(owner, "node_a");
  await owner.chain.stake({ amountWei: 5n, lockDays: 30 });
  await owner.chain.requestExit();
  const events = await network.connect().readEvents({ fromBlock: from, toBlock: await head(), blocksPerCallMax: 2n });
  expect(events.map(({ contract, name }) => `${contract} ${name}`)).toEqual([
    "inferencePayment Deposited",
    "nodeRegistry StakeAdded",
    "nodeRegistry NodeRegistered",
    "staking Staked",
    "inferencePayment ExitRequested",
  ]);
  const places = events.map(({ blockNumber, logIndex }) => Number(blockNumber) * 1_000 + logIndex);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test("after any sequence of calls the events alone give every balance, however the range is cut", async () => {
  const step = fc.record({ who: fc.nat(2), amountWei: fc.bigInt(1n, 1_000n), leaves: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 6 }), fc.bigInt(1n, 5n), async (steps, blocksPerCallMax) => {
      for (const { who, amountWei, leaves } of steps) {
        const wallet = wallets[who];
        if (wallet === undefined) throw new Error("three wallets were made");
        await wallet.chain.deposit({ amountWei });
        if (!leaves) continue;
        await wallet.chain.requestExit();
        await network.passTime(60);
        await wallet.chain.finishExit({ wallet: wallet.account.address });
      }
      const toBlock = await head();
      const chain = network.connect();
      const events = await chain.readEvents({ fromBlock: 0n, toBlock, blocksPerCallMax });
      const balances = balancesFrom(events);
      for (const { account } of wallets) {
        expect(balances.get(account.address) ?? 0n).toBe(await chain.userBalance({ wallet: account.address }));
      }
    }),
    { numRuns: 6 },
  );
});

test("a reorganised block is recognised by its hash, and its events are gone", async () => {
  const wallet = wallets[1];
  if (wallet === undefined) throw new Error("three wallets were made");
  const chain = network.connect();
  const { blockNumber, blockHash } = await wallet.chain.deposit({ amountWei: 99n });
  expect((await chain.getBlockRef({ number: blockNumber }))?.hash).toBe(blockHash);
  const tester = createTestClient({ mode: "anvil", transport: http(network.local.rpcUrl) });
  await tester.request({ method: "anvil_reorg" as never, params: [1, []] as never });
  const now = await chain.getBlockRef({ number: blockNumber });
  expect(now?.hash).not.toBe(blockHash);
  expect(now?.parentHash).toBe((await chain.getBlockRef({ number: blockNumber - 1n }))?.hash);
  expect(await chain.readEvents({ fromBlock: blockNumber, toBlock: blockNumber })).toEqual([]);
});

test("a block that does not exist is undefined, a range beyond the head is empty", async () => {
  const chain = network.connect();
  expect(await chain.getBlockRef({ number: 1_000_000n })).toBeUndefined();
  expect(await chain.readEvents({ fromBlock: 1_000_000n, toBlock: 1_000_001n })).toEqual([]);
});

test("a range that the node refuses is halved and grows again, a block that it refuses is an error", async () => {
  const from = (await head()) + 1n;
  for (let i = 0n; i < 12n; i += 1n) await wallets[0]?.chain.deposit({ amountWei: i + 1n });
  const to = await head();
  const { reader, contracts, chainId, rpcUrl } = network.connect();
  const asked: bigint[] = [];
  const logsMax = { count: 3 };
  const getLogs = async (range: { fromBlock: bigint; toBlock: bigint }) => {
    asked.push(range.toBlock - range.fromBlock + 1n);
    const logs = await reader.getLogs({ address: contracts.inferencePayment, ...range });
    if (logs.length > logsMax.count) throw new RpcRequestError({ body: {}, error: TOO_MANY, url: rpcUrl });
    return logs;
  };
  const strict = new Proxy(reader, { get: (r, key) => (key === "getLogs" ? getLogs : Reflect.get(r, key)) });
  const client = { chainId, rpcUrl, contracts, reader: strict, account: undefined, wallet: undefined };
  const events = await readEvents(client, { fromBlock: from, toBlock: to, blocksPerCallMax: 12n });
  expect(events).toEqual(await network.connect().readEvents({ fromBlock: from, toBlock: to }));
  expect(events).toHaveLength(12);
  expect(asked.slice(0, 4)).toEqual([12n, 6n, 3n, 6n]);
  logsMax.count = 0;
  asked.length = 0;
  await expect(readEvents(client, { fromBlock: from, toBlock: to })).rejects.toMatchObject({
    code: "chain_unavailable",
  });
  expect(asked.at(-1)).toBe(1n);
});
