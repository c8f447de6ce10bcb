import { join } from "node:path";
import type { LocalAccount } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { ContractAddresses } from "../client.ts";
import { createChain, type FarChain } from "../createChain.ts";
import { deploy, localPolicy, type NetworkParams } from "../deploy/index.ts";
import { chainFiles } from "./files.ts";
import { type FeedKeeper, keepFeedFresh } from "./keepFeedFresh.ts";
import { type NetworkKeys, readOrCreateKeys } from "./keys.ts";
import { asOutdated, localRecord } from "./localRecord.ts";
import { type LocalChain, type LocalChainOptions, startLocalChain } from "./startLocalChain.ts";

/** USD 0.10 per FAR, 8 decimals. */
export const localPriceAnswer = 10_000_000n;

export type LocalNetworkOptions = LocalChainOptions & {
  /** Default: `keys.json` in the chain's directory, made at the first start. */
  readonly keys?: NetworkKeys;
  /** Changes to the local policy. */
  readonly params?: Partial<NetworkParams>;
  /** The feed could not be refreshed. */
  readonly onFeedError?: (error: unknown) => void;
};

/** A local chain with the contracts on it, a fresh price, and an account for every role. */
export type LocalNetwork = {
  readonly local: LocalChain;
  readonly contracts: Required<ContractAddresses>;
  readonly keys: NetworkKeys;
  /** A chain that signs with the account given, or only reads. */
  connect(account?: LocalAccount): FarChain;
  /** Stops the feed's refresh, saves, and ends the chain. */
  stop(): Promise<void>;
};

function networkParams(keys: NetworkKeys, changes: Partial<NetworkParams>): NetworkParams {
  const addressOf = (role: keyof NetworkKeys) => privateKeyToAccount(keys[role]).address;
  return {
    ...{ admin: addressOf("admin"), treasury: addressOf("treasury"), oracle: addressOf("oracle") },
    ...{ signer: addressOf("signer"), pauser: addressOf("pauser") },
    ...{ slasher: addressOf("slasher"), arbiter: addressOf("arbiter") },
    priceFeed: { owner: addressOf("feedOwner"), answer: localPriceAnswer },
    ...localPolicy,
    ...changes,
  };
}

/**
 * Starts a local network, or the one saved in this directory where it left off: chain, gas for every role, contracts, price.
 * Safe to call again after any crash. `contracts/build.ts` must have run.
 * @throws ChainError `chain_local_outdated` where the directory holds contracts of another version or with other parameters
 */
export async function startLocalNetwork(options: LocalNetworkOptions): Promise<LocalNetwork> {
  const keys = options.keys ?? (await readOrCreateKeys(join(options.directory, "keys.json")));
  const local = await startLocalChain(options);
  const { rpcUrl, chainId } = local;
  let feed: FeedKeeper;
  let contracts: Required<ContractAddresses>;
  const connect = (account?: LocalAccount): FarChain => createChain({ rpcUrl, chainId, contracts, account });
  try {
    for (const key of Object.values(keys)) await local.fundGas(privateKeyToAccount(key).address);
    const params = networkParams(keys, options.params ?? {});
    const record = localRecord(chainFiles(options.directory));
    const deployment = deploy({ rpcUrl, chainId, deployerKey: keys.deployer, params, record });
    ({ contracts } = await deployment.catch(asOutdated(options.directory)));
    const feedChain = connect(privateKeyToAccount(keys.feedOwner));
    const { onFeedError: onError } = options;
    feed = await keepFeedFresh({ chain: feedChain, answer: localPriceAnswer, ...(onError ? { onError } : {}) });
    await local.save();
  } catch (error) {
    await local.stop();
    throw error;
  }
  return {
    ...{ local, contracts, keys, connect },
    async stop() {
      feed.stop();
      await local.stop();
    },
  };
}
