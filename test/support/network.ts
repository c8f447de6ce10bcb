/** A whole network for tests: real PostgreSQL, real chain, the server in a process of its own, and nodes of the caller's choice. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startTestNetwork, type TestNetwork, type TestWallet } from "@farlabs/chain/local/testing";
import { createClient, type FarClient } from "@farlabs/sdk";
import { parseEther } from "viem";

const root = fileURLToPath(new URL("../..", import.meta.url));
export const farMini = join(root, "models/far-mini/far-mini.gguf");
const START_MS = 60_000;
const TREASURY_FAR = 100_000;

/** A process of ours; what it printed is shown when something goes wrong. */
export interface Process {
  child: ChildProcess;
  output(): string;
  /** Ends it and waits. SIGKILL unless told otherwise. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export function start(
  args: readonly string[],
  env: Record<string, string>,
  { onLine, cwd = root }: { onLine?: (line: string) => void; cwd?: string } = {},
): Process {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      if (lines.push(line) > 200) lines.shift();
      onLine?.(line);
    });
  }
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    child,
    output: () => lines.join("\n"),
    async kill(signal = "SIGKILL") {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await exited;
    },
  };
}

export interface Account {
  wallet: TestWallet;
  /** Session of the wallet: may make keys and join tokens. */
  session: FarClient;
  address: string;
}
export interface Builder extends Account {
  apiKey: string;
  client: FarClient;
}

export interface NetworkOptions {
  databaseUrl: string;
  /** Settings on top of the test network's. */
  env?: Record<string, string>;
}

export interface Network {
  chain: TestNetwork;
  url(): string;
  realtimeUrl(): string;
  server(): Process;
  /** Kills the server and starts it again on the same ports and state. */
  restartServer(signal?: NodeJS.Signals): Promise<void>;
  /** A signed-in account whose wallet deposited `depositFar`; with a key. */
  builder(
    depositFar?: number,
    key?: { cap_micro_usd?: string; scopes?: ("inference" | "read" | "nodes")[] },
  ): Promise<Builder>;
  account(): Promise<Account>;
  joinToken(owner: Account): Promise<string>;
  /** Stakes the minimum for a node, unless it has it, and waits until the network knows. A node that nobody staked for earns in. */
  stakeNode(owner: Account, nodeId: string): Promise<void>;
  /** The agent's own process. Resolves when it is online, its models are offered and its node is staked. */
  agent(token: string, args?: readonly string[], name?: string): Promise<Process>;
  /** Waits until the model can be asked. */
  untilServed(model: string): Promise<void>;
  admin<T>(path: string): Promise<T>;
  close(): Promise<void>;
}

const until = async (what: string, check: () => Promise<boolean>, timeoutMs = START_MS): Promise<void> => {
  const end = Date.now() + timeoutMs;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

export async function startNetwork({ databaseUrl, env = {} }: NetworkOptions): Promise<Network> {
  const chain = await startTestNetwork();
  const dir = mkdtempSync(join(tmpdir(), "far-e2e-"));
  const adminToken = "test-admin-token-of-at-least-32-bytes";
  const agents: Process[] = [];
  const owners = new Map<string, Account>();
  let server: Process | null = null;
  let port = 0;
  let realtimePort = 0;

  const settings = (): Record<string, string> => ({
    DATABASE_URL: databaseUrl,
    BSC_RPC_URL: chain.local.rpcUrl,
    CHAIN_ID: String(chain.local.chainId),
    FAR_TOKEN_ADDRESS: chain.contracts.farToken,
    INFERENCE_PAYMENT_ADDRESS: chain.contracts.inferencePayment,
    PRICE_FEED_ADDRESS: chain.contracts.priceFeed,
    NODE_REGISTRY_ADDRESS: chain.contracts.nodeRegistry,
    STAKING_ADDRESS: chain.contracts.staking,
    ORACLE_PRIVATE_KEY: chain.keys.oracle,
    SIGNER_PRIVATE_KEY: chain.keys.signer,
    SLASHER_PRIVATE_KEY: chain.keys.slasher,
    CHAIN_CONFIRMATIONS: "1",
    CHAIN_POLL_MS: "100",
    SETTLEMENT_EPOCH_INTERVAL_S: "5",
    JWT_SECRET: "test-secret-of-at-least-thirty-two-bytes",
    ADMIN_TOKEN: adminToken,
    LOCAL_NETWORK: "1",
    // Tests ask faster than people do.
    ACCOUNT_RATE_PER_MIN: "600000",
    PORT: String(port),
    REALTIME_PORT: String(realtimePort),
    ...env,
  });

  async function startServer(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onLine = (line: string): void => {
      if (!line.includes('"message":"listening"')) return;
      const { metadata } = JSON.parse(line) as { metadata: { url: string; realtimePort: number } };
      port = Number(new URL(metadata.url).port);
      ({ realtimePort } = metadata);
      resolve();
    };
    const process = start(["server/main.ts"], settings(), { onLine });
    server = process;
    process.child.once("exit", () => reject(new Error(`the server ended:\n${process.output()}`)));
    const timer = setTimeout(() => reject(new Error(`the server did not start:\n${process.output()}`)), START_MS);
    await promise.finally(() => clearTimeout(timer));
  }

  const url = (): string => `http://127.0.0.1:${port}`;

  async function account(): Promise<Account> {
    const wallet = await chain.wallet(parseEther("1000000"));
    const { address } = wallet.account;
    const guest = createClient({ baseUrl: url() });
    const signed = await guest.auth.signIn({ address, sign: (message) => wallet.account.signMessage({ message }) });
    const session = createClient({ baseUrl: url(), accessToken: signed.access_token });
    return { wallet, address: address.toLowerCase(), session };
  }

  const nodesOf = async (owner: Account | undefined): Promise<string[]> =>
    owner === undefined ? [] : (await owner.session.nodes.list({ limit: 100 })).data.map((node) => node.node_id);

  async function stakeNode(owner: Account, nodeId: string): Promise<void> {
    await chain.stakeNode(owner.wallet, nodeId);
    await until(`${nodeId} is registered`, async () => {
      const { stake } = await owner.session.nodes.status(nodeId);
      return stake.state === "registered";
    });
  }

  // Checks and tasks paid in credit draw on it.
  await chain.roles.treasury.fundTreasury({ amountWei: parseEther(String(TREASURY_FAR)) });
  await startServer();
  const network: Network = {
    chain,
    url,
    realtimeUrl: () => `http://127.0.0.1:${realtimePort}`,
    server() {
      if (server === null) throw new Error("no server");
      return server;
    },
    async restartServer(signal = "SIGKILL") {
      await server?.kill(signal);
      await startServer();
    },
    account,
    async builder(depositFar = 100, key = {}) {
      const made = await account();
      if (depositFar > 0) {
        await made.wallet.chain.deposit({ amountWei: parseEther(String(depositFar)) });
        await until("the deposit is credited", async () => {
          const [balance] = await made.session.balances.list();
          return BigInt(balance?.available ?? "0") > 0n;
        });
      }
      const { key: apiKey } = await made.session.keys.create({ name: "test", ...key });
      return { ...made, apiKey, client: createClient({ baseUrl: url(), apiKey, retry: { retriesMax: 0 } }) };
    },
    async joinToken(owner) {
      const { join_token: token } = await owner.session.nodes.createJoinToken({});
      owners.set(token, owner);
      return token;
    },
    stakeNode,
    async agent(token, args = ["--model", farMini, "--id", "far-mini"], name = `node-${agents.length}`) {
      const owner = owners.get(token);
      const before = await nodesOf(owner);
      const process = start(
        ["agent/main.ts", "--network", url(), "--token", token, "--dir", join(dir, name), ...args],
        {},
      );
      agents.push(process);
      await until(`${name} is online\n${process.output()}`, async () =>
        /connected|joined|online|welcome/i.test(process.output()),
      );
      const joined = (await nodesOf(owner)).filter((nodeId) => !before.includes(nodeId));
      for (const nodeId of joined) if (owner !== undefined) await stakeNode(owner, nodeId);
      return process;
    },
    untilServed: (model) =>
      until(`${model} is served`, async () => {
        const res = await fetch(`${url()}/api/v1/network/stats`);
        return ((await res.json()) as { models_available: string[] }).models_available.includes(model);
      }),
    async admin<T>(path: string): Promise<T> {
      const res = await fetch(`${url()}/api/v1/admin${path}`, { headers: { authorization: `Bearer ${adminToken}` } });
      return (await res.json()) as T;
    },
    async close() {
      for (const agent of agents) await agent.kill();
      await server?.kill("SIGTERM");
      await chain.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return network;
}
