import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { ContractAddresses } from "@farlabs/chain";

export interface ChainSettings {
  rpcUrl: string;
  chainId: number;
  contracts: ContractAddresses;
}

/** What the CLI takes from its environment. */
export interface CliConfig {
  /** The clone this CLI lies in. */
  root: string;
  /** State of the local network: `.far` of the clone, or FAR_STATE. */
  stateDir: string;
  /** Sessions and the user's key: `far` in XDG_CONFIG_HOME or ~/.config. */
  userDir: string;
  /** FAR_API_URL, FAR_API_KEY. */
  apiUrl: string | undefined;
  apiKey: string | undefined;
  /** Of an agent that runs as a service: FAR_NETWORK, FAR_NODE_TOKEN. */
  node: { network: string | undefined; token: string | undefined };
  /** Password of a keystore file, for scripts: FAR_KEYSTORE_PASSWORD. */
  keystorePassword: string | undefined;
  /** NO_COLOR is unset and TERM is not dumb. */
  isColourAllowed: boolean;
  /** Parts that `far up` does not start because they are elsewhere: DATABASE_URL, BSC_RPC_URL. */
  databaseUrl: string | undefined;
  rpcUrl: string | undefined;
  /** A chain elsewhere, where its settings are all given. */
  chain: ChainSettings | null;
  isProduction: boolean;
  /** The environment that child processes inherit. */
  inherited: Readonly<Record<string, string | undefined>>;
}

const given = (text: string | undefined): string | undefined => (text === undefined || text === "" ? undefined : text);

const addressOf = (text: string | undefined): `0x${string}` | null =>
  text !== undefined && /^0x[0-9a-fA-F]{40}$/.test(text) ? (text as `0x${string}`) : null;

/** What together names a chain and the contracts on it. */
export const chainVariables = [
  ...["BSC_RPC_URL", "CHAIN_ID", "FAR_TOKEN_ADDRESS", "INFERENCE_PAYMENT_ADDRESS", "PRICE_FEED_ADDRESS"],
  ...["NODE_REGISTRY_ADDRESS", "STAKING_ADDRESS"],
] as const;

function readChain(env: Readonly<Record<string, string | undefined>>): ChainSettings | null {
  const rpcUrl = given(env.BSC_RPC_URL);
  const chainId = Number(given(env.CHAIN_ID));
  const farToken = addressOf(env.FAR_TOKEN_ADDRESS);
  const inferencePayment = addressOf(env.INFERENCE_PAYMENT_ADDRESS);
  const priceFeed = addressOf(env.PRICE_FEED_ADDRESS);
  const nodeRegistry = addressOf(env.NODE_REGISTRY_ADDRESS);
  const staking = addressOf(env.STAKING_ADDRESS);
  if (rpcUrl === undefined || !Number.isSafeInteger(chainId)) return null;
  if (farToken === null || inferencePayment === null || priceFeed === null) return null;
  if (nodeRegistry === null || staking === null) return null;
  return { rpcUrl, chainId, contracts: { farToken, inferencePayment, priceFeed, nodeRegistry, staking } };
}

/** Reads the environment once. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): CliConfig {
  const root = resolve(import.meta.dirname, "..");
  const configHome = given(env.XDG_CONFIG_HOME) ?? join(given(env.HOME) ?? homedir(), ".config");
  return {
    root,
    stateDir: resolve(given(env.FAR_STATE) ?? join(root, ".far")),
    userDir: join(configHome, "far"),
    apiUrl: given(env.FAR_API_URL),
    apiKey: given(env.FAR_API_KEY),
    node: { network: given(env.FAR_NETWORK), token: given(env.FAR_NODE_TOKEN) },
    keystorePassword: given(env.FAR_KEYSTORE_PASSWORD),
    isColourAllowed: given(env.NO_COLOR) === undefined && env.TERM !== "dumb",
    databaseUrl: given(env.DATABASE_URL),
    rpcUrl: given(env.BSC_RPC_URL),
    chain: readChain(env),
    isProduction: env.NODE_ENV === "production",
    inherited: env,
  };
}
