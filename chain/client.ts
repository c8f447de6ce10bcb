import {
  type Account,
  type Address,
  type Chain,
  createPublicClient,
  createWalletClient,
  http,
  type LocalAccount,
  type PublicClient,
  type Transport,
  type WalletClient,
} from "viem";
import { ChainError } from "./errors.ts";
import { describeNetwork, localChainId, pollingIntervalMs } from "./network.ts";

/** Where the contracts lie. */
export type ContractAddresses = {
  readonly farToken: Address;
  readonly inferencePayment: Address;
  readonly priceFeed: Address;
  readonly nodeRegistry: Address;
  readonly staking: Address;
  /** Holds the parameter role of the others; only those who change parameters need it. */
  readonly timelock?: Address;
};

/** What every action needs. `reader` reads; `signer` is there when an account was given. */
export type ChainClient = {
  readonly chainId: number;
  readonly rpcUrl: string;
  readonly contracts: ContractAddresses;
  readonly reader: PublicClient<Transport, Chain>;
  readonly account: LocalAccount | undefined;
  readonly wallet: WalletClient<Transport, Chain, Account> | undefined;
};

export type ClientOptions = {
  /** JSON-RPC over HTTP. */
  readonly rpcUrl: string;
  /** Default 31 337, the local chain. */
  readonly chainId?: number;
  readonly contracts: ContractAddresses;
  /** Signs what the actions send; reading needs none. */
  readonly account?: LocalAccount | undefined;
  /** Longest wait for one RPC answer, in ms. Default 10 000. */
  readonly timeoutMs?: number;
};

/** Makes the clients; opens no connection. */
export function createClient(options: ClientOptions): ChainClient {
  const { rpcUrl, chainId = localChainId, contracts, account, timeoutMs = 10_000 } = options;
  const chain = describeNetwork(chainId, rpcUrl);
  // Retries are the caller's decision: a call that timed out may have been carried out.
  const transport = http(rpcUrl, { timeout: timeoutMs, retryCount: 0 });
  const shared = { chain, transport, cacheTime: 0, pollingInterval: pollingIntervalMs(chainId) };
  const wallet = account === undefined ? undefined : createWalletClient({ ...shared, account });
  return { chainId, rpcUrl, contracts, reader: createPublicClient(shared), account, wallet };
}

/** The account that signs. @throws ChainError `chain_no_account` */
export function requireAccount(client: ChainClient): LocalAccount {
  if (client.account === undefined)
    throw new ChainError("chain_no_account", "This action signs, but no account was given.");
  return client.account;
}
