import { join } from "node:path";
import type { LocalNetwork } from "@farlabs/chain/local";
import { createClient, type FarClient, isFarApiError, type Session } from "@farlabs/sdk";
import type { LocalAccount } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { creditWatch } from "../chain/creditWatch.ts";
import { depositDurably } from "../chain/depositDurably.ts";
import { readJsonFile, writePrivateFile } from "../credentials/privateFile.ts";
import type { Secrets } from "../credentials/secrets.ts";
import { CliError } from "../errors.ts";
import { parseFar } from "../format/far.ts";

/** What the demo account and the demo operator were given, so that a restart gives nothing twice. */
export interface Demo {
  accountId: string;
  apiKey: string;
  joinToken: string;
  /** The deposit was credited once; whoever spends or withdraws it afterwards gets no other. */
  isDeposited: boolean;
}

const WALLET_WEI = parseFar("1000");
const DEPOSIT_WEI = parseFar("100");
const CREDIT_MS_MAX = 40_000;

const pathOf = (stateDir: string): string => join(stateDir, "demo.json");
const readDemo = (stateDir: string): Partial<Demo> => readJsonFile(pathOf(stateDir)) ?? {};
const writeDemo = (stateDir: string, demo: Partial<Demo>): void =>
  writePrivateFile(pathOf(stateDir), `${JSON.stringify(demo, null, 2)}\n`);

async function signIn(api: string, wallet: LocalAccount): Promise<{ client: FarClient; session: Session }> {
  const sign = (message: string): Promise<string> => wallet.signMessage({ message });
  const session = await createClient({ baseUrl: api }).auth.signIn({ address: wallet.address, sign });
  return { client: createClient({ baseUrl: api, accessToken: session.access_token }), session };
}

/** The key of the last run if it still works; a database that was thrown away does not know it. */
async function works(api: string, apiKey: string): Promise<boolean> {
  try {
    await createClient({ baseUrl: api, apiKey }).balances.list();
    return true;
  } catch (error) {
    if (isFarApiError(error) && (error.status === 401 || error.status === 403)) return false;
    throw error;
  }
}

/** The demo account: signed in with its wallet through the public API, as any user would be, and given a key. */
export async function openAccount(at: {
  api: string;
  stateDir: string;
  secrets: Secrets;
}): Promise<{ accountId: string; apiKey: string }> {
  const { api, stateDir, secrets } = at;
  const demo = readDemo(stateDir);
  if (demo.apiKey !== undefined && demo.accountId !== undefined && (await works(api, demo.apiKey))) {
    return { accountId: demo.accountId, apiKey: demo.apiKey };
  }
  const { client, session } = await signIn(api, privateKeyToAccount(secrets.builderKey));
  const { key } = await client.keys.create({ name: "far up", scopes: ["inference", "read", "nodes"] });
  // A join token belongs to the same database as the key.
  const { joinToken: _, ...kept } = demo;
  writeDemo(stateDir, { ...kept, apiKey: key, accountId: session.account_id });
  return { accountId: session.account_id, apiKey: key };
}

/** A session of the demo operator, whose account owns the demo node. */
export async function signInOperator(at: { api: string; secrets: Secrets }): Promise<FarClient> {
  return (await signIn(at.api, privateKeyToAccount(at.secrets.operatorKey))).client;
}

/** The demo operator's join token; its node belongs to an account of its own. */
export async function openOperator(at: { api: string; stateDir: string; secrets: Secrets }): Promise<string> {
  const demo = readDemo(at.stateDir);
  if (demo.joinToken !== undefined) return demo.joinToken;
  const client = await signInOperator(at);
  const { join_token: joinToken } = await client.nodes.createJoinToken({ name: "far up" });
  writeDemo(at.stateDir, { ...demo, joinToken });
  return joinToken;
}

/** Gas for both wallets, FAR from the treasury for the demo wallet: what a faucet would give. Safe to call again. */
async function fundWallets(network: LocalNetwork, secrets: Secrets): Promise<void> {
  const builder = privateKeyToAccount(secrets.builderKey).address;
  await network.local.fundGas(builder);
  await network.local.fundGas(privateKeyToAccount(secrets.operatorKey).address);
  const chain = network.connect(privateKeyToAccount(network.keys.treasury));
  const [held, escrowed] = [
    await chain.tokenBalance({ wallet: builder }),
    await chain.userBalance({ wallet: builder }),
  ];
  if (held + escrowed === 0n) await chain.transfer({ to: builder, amountWei: WALLET_WEI });
}

/**
 * Makes sure that the demo account once had its deposit.
 * @returns how much was deposited now, wei
 * @throws CliError `deposit_not_credited`
 */
export async function openBalance(at: {
  stateDir: string;
  secrets: Secrets;
  network: LocalNetwork;
  client: FarClient;
  signal: AbortSignal;
  onProgress(line: string): void;
}): Promise<bigint> {
  const { stateDir, secrets, network, client, signal, onProgress } = at;
  const demo = readDemo(stateDir);
  if (demo.isDeposited === true) {
    // Gas is not FAR: a wallet that ran out could neither claim nor exit.
    await fundGasOnly(network, secrets);
    return 0n;
  }
  await fundWallets(network, secrets);
  const wallet = privateKeyToAccount(secrets.builderKey);
  const chain = network.connect(wallet);
  // An earlier run may have been killed after its deposit: what is in the escrow is credited or will be.
  const isThere = (await chain.userBalance({ wallet: wallet.address })) > 0n;
  const watch = await creditWatch(client, { wallet: wallet.address, amountWei: isThere ? 1n : DEPOSIT_WEI });
  const isCredited = async (): Promise<boolean> =>
    (await watch()) || (isThere && (await client.balances.list()).some((b) => b.available !== "0"));
  const options = { amountWei: DEPOSIT_WEI, signal, onProgress, isCredited, waitMsMax: CREDIT_MS_MAX };
  const done = isThere ? await waitFor(isCredited) : (await depositDurably(chain, options)).isCredited;
  if (!done) {
    const message = `The deposit is on chain but was not credited within ${CREDIT_MS_MAX / 1_000} s; see logs/server.log.`;
    throw new CliError("failed", "deposit_not_credited", { message });
  }
  writeDemo(stateDir, { ...readDemo(stateDir), isDeposited: true });
  return isThere ? 0n : DEPOSIT_WEI;
}

async function fundGasOnly(network: LocalNetwork, secrets: Secrets): Promise<void> {
  for (const key of [secrets.builderKey, secrets.operatorKey])
    await network.local.fundGas(privateKeyToAccount(key).address);
}

async function waitFor(isTrue: () => Promise<boolean>): Promise<boolean> {
  for (const untilMs = Date.now() + CREDIT_MS_MAX; Date.now() < untilMs; ) {
    if (await isTrue()) return true;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return false;
}
