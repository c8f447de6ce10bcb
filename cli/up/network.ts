/**
 * The local network, from nothing to a first answer, and back in order.
 *
 * Start: database → contracts → chain → treasury → server → demo account → deposit → node → stake → first answer. Each part that
 * started pushes how it is stopped; the end, however it comes, runs these in reverse: agent → server → chain (saves) → database.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createClient, type FarClient } from "@farlabs/sdk";
import { privateKeyToAccount } from "viem/accounts";
import { type ChainSettings, type CliConfig, chainVariables } from "../config.ts";
import { type NetworkFile, networkFilePath } from "../credentials/networkFile.ts";
import { writePrivateFile } from "../credentials/privateFile.ts";
import { readOrCreateSecrets, type Secrets } from "../credentials/secrets.ts";
import { CliError } from "../errors.ts";
import { formatCharge, formatFar } from "../format/far.ts";
import { openAccount, openBalance, openOperator, signInOperator } from "./demo.ts";
import { firstAnswer, untilOffered } from "./firstAnswer.ts";
import { DEMO_MODEL, startAgent } from "./parts/agent.ts";
import { buildContracts, type ChainPart, startChain } from "./parts/chain.ts";
import { startDatabase } from "./parts/database.ts";
import { type ServerKeys, startServer } from "./parts/server.ts";
import type { Ports } from "./ports.ts";
import type { Progress } from "./progress.ts";
import { fundNetwork, stakeNode } from "./stake.ts";

export interface NetworkOptions {
  config: CliConfig;
  stateDir: string;
  /** The state goes with the run. */
  isEphemeral: boolean;
  ports: Ports;
  progress: Progress;
  signal: AbortSignal;
  /** Registers how a part that started is stopped. */
  onStop(name: string, stop: () => Promise<void>): void;
}

interface ChainAccess extends ChainSettings {
  keys: ServerKeys;
  savedFile: string | null;
  /** Null where the chain is elsewhere. */
  part: ChainPart | null;
}

async function openDatabase(options: NetworkOptions): Promise<string> {
  const { config, stateDir, progress, onStop } = options;
  if (config.databaseUrl !== undefined) return config.databaseUrl;
  const onNote = progress.note;
  const part = await progress.step(
    "database",
    () => startDatabase({ stateDir, onNote }),
    ({ port }) => `PostgreSQL on 127.0.0.1:${port}`,
  );
  onStop("database", async () => {
    await part.stop();
    // Its data may lie outside the state folder, where PostgreSQL's user can go.
    if (options.isEphemeral) part.erase();
  });
  return part.url;
}

function chainElsewhere({ config }: NetworkOptions): ChainAccess {
  const { ORACLE_PRIVATE_KEY: oracle, SIGNER_PRIVATE_KEY: signer, SLASHER_PRIVATE_KEY: slasher } = config.inherited;
  if (config.chain === null || oracle === undefined || signer === undefined || slasher === undefined) {
    throw new CliError("usage", "no_chain", {
      message: "BSC_RPC_URL names a chain, but not everything about it is given.",
      hint: `Set ${chainVariables.join(", ")}, ORACLE_PRIVATE_KEY, SIGNER_PRIVATE_KEY and SLASHER_PRIVATE_KEY; or unset BSC_RPC_URL for a local chain.`,
    });
  }
  return { ...config.chain, keys: { oracle, signer, slasher }, savedFile: null, part: null };
}

async function openChain(options: NetworkOptions, built: Promise<string> | null): Promise<ChainAccess> {
  const { stateDir, ports, progress, onStop } = options;
  if (built === null) return chainElsewhere(options);
  await progress.step(
    "contracts",
    () => built,
    (said) => said,
  );
  const part = await progress.step(
    "chain",
    () => startChain({ stateDir, port: ports.chain, onNote: progress.note }),
    (chain) => `local, on 127.0.0.1:${ports.chain}, at block ${chain.network().local.savedBlock()?.number ?? 0n}`,
  );
  onStop("chain", part.stop);
  await progress.step(
    "treasury",
    () => fundNetwork(part.network()),
    (paid) => (paid === 0n ? "funded before" : `${formatFar(paid)} FAR for checks, credit and stakers' rewards`),
  );
  const { local, contracts, keys } = part.network();
  const savedFile = join(stateDir, "chain", "saved.json");
  return { rpcUrl: local.rpcUrl, chainId: local.chainId, contracts, keys, savedFile, part };
}

interface Opened {
  apiKey: string;
  accountId: string;
  nodeToken: string;
  client: FarClient;
}

async function openDemo(
  options: NetworkOptions,
  at: { api: string; secrets: Secrets; chain: ChainAccess },
): Promise<Opened> {
  const { stateDir, progress, signal } = options;
  const { api, secrets, chain } = at;
  const account = await progress.step(
    "demo account",
    () => openAccount({ api, stateDir, secrets }),
    ({ accountId }) => accountId,
  );
  const client = createClient({ baseUrl: api, apiKey: account.apiKey });
  const { part } = chain;
  if (part !== null) {
    await progress.step(
      "deposit",
      () => openBalance({ stateDir, secrets, network: part.network(), client, signal, onProgress: () => undefined }),
      (made) => (made === 0n ? "made before" : `${formatFar(made)} FAR into the escrow, credited`),
    );
  }
  return { ...account, nodeToken: await openOperator({ api, stateDir, secrets }), client };
}

async function openNode(
  options: NetworkOptions,
  at: { api: string; opened: Opened; secrets: Secrets; part: ChainPart | null },
): Promise<void> {
  const { config, stateDir, progress, signal, onStop } = options;
  const { client, nodeToken: joinToken } = at.opened;
  const { root, inherited } = config;
  const logPath = join(stateDir, "logs", "agent.log");
  await progress.step(
    "node",
    async () => {
      const agent = await startAgent({ root, stateDir, inherited, api: at.api, joinToken, onNote: progress.note });
      onStop("agent", agent.stop);
      await untilOffered(client, { agent, logPath, signal });
    },
    () => `serves ${DEMO_MODEL} from a process of its own`,
  );
  const { part, secrets } = at;
  if (part !== null) {
    const { operatorKey } = secrets;
    await progress.step(
      "stake",
      async () =>
        stakeNode({ network: part.network(), operatorKey, operator: await signInOperator({ ...at, secrets }), signal }),
      ({ stakeWei, isSeen }) =>
        `${formatFar(stakeWei)} FAR stand behind the node${isSeen ? "" : "; the network has not seen them yet"}`,
    );
  }
  await progress.step(
    "first answer",
    () => firstAnswer(client, signal),
    (charged) =>
      charged === null
        ? "not asked: the demo account has no FAR left (far deposit N)"
        : `came, for ${formatCharge(charged)} FAR`,
  );
}

/**
 * Starts everything and writes `network.json` when an answer came.
 * @throws CliError saying which part did not start and where its log is; what had started is registered with `onStop`
 */
export async function startNetwork(options: NetworkOptions): Promise<NetworkFile> {
  const { config, stateDir, ports, progress, onStop } = options;
  const secrets = readOrCreateSecrets(stateDir);
  // Compiling takes a while on the first start, and needs nothing that comes before it.
  const built = config.rpcUrl === undefined ? buildContracts(config.root) : null;
  built?.catch(() => undefined);
  const databaseUrl = await openDatabase(options);
  const chain = await openChain(options, built);
  const api = `http://127.0.0.1:${ports.api}`;
  const { root, inherited } = config;
  const server = await progress.step(
    "server",
    () => startServer({ root, stateDir, inherited, ports, secrets, databaseUrl, chain, onNote: progress.note }),
    () => `API on ${api}`,
  );
  onStop("server", server.stop);
  const opened = await openDemo(options, { api, secrets, chain });
  await openNode(options, { api, opened, secrets, part: chain.part });
  const file: NetworkFile = {
    ...{ api, web: null, realtime: `http://127.0.0.1:${ports.realtime}`, rpc: chain.rpcUrl, chainId: chain.chainId },
    ...{ contracts: chain.contracts, apiKey: opened.apiKey, account: opened.accountId },
    wallet: privateKeyToAccount(secrets.builderKey).address,
    operator: privateKeyToAccount(secrets.operatorKey).address,
    ...{ nodeToken: opened.nodeToken, adminToken: secrets.adminToken, pid: process.pid },
  };
  writePrivateFile(networkFilePath(stateDir), `${JSON.stringify(file, null, 2)}\n`);
  onStop("network.json", async () => rmSync(networkFilePath(stateDir), { force: true }));
  return file;
}
