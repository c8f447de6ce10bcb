/** A throwaway network for tests: real anvil on a free port, real contracts, wallets with FAR and gas. */
import { execFileSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createTestClient, http, type LocalAccount, parseEther } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import type { FarChain } from "../createChain.ts";
import type { NetworkParams } from "../deploy/index.ts";
import { generateKeys, type NetworkKeys } from "./keys.ts";
import { type LocalNetwork, startLocalNetwork } from "./startLocalNetwork.ts";
import { makeTestDirectory } from "./testDirectory.ts";

/** A wallet and a chain that signs with it. */
export type TestWallet = { readonly account: LocalAccount; readonly chain: FarChain };

export type TestNetwork = LocalNetwork & {
  /** Chains that sign as the network's roles. */
  readonly roles: Readonly<Record<keyof NetworkKeys, FarChain>>;
  /** A new wallet with gas and `farWei` FAR (default 1 000). */
  wallet(farWei?: bigint): Promise<TestWallet>;
  /** Makes a node of the wallet registered: stakes what it lacks, in FAR that the treasury gives. */
  stakeNode(owner: TestWallet, nodeId: string): Promise<void>;
  /** Lets time pass on the chain and mines a block. */
  passTime(seconds: number): Promise<void>;
  /** Ends the network and removes its files. */
  close(): Promise<void>;
};

/** Compiles the contracts if their sources changed since the last time. @throws with the compiler's messages */
export function ensureContractsBuilt(): void {
  const script = fileURLToPath(new URL("../../contracts/build.ts", import.meta.url));
  execFileSync(process.execPath, [script], { stdio: ["ignore", "ignore", "pipe"] });
}

/**
 * Starts a throwaway network; about a second when the contracts are compiled.
 * @param options.params Changes to the local policy, for instance caps.
 */
export async function startTestNetwork(options: { params?: Partial<NetworkParams> } = {}): Promise<TestNetwork> {
  ensureContractsBuilt();
  const directory = await makeTestDirectory();
  const keys = generateKeys();
  const network = await startLocalNetwork({ directory, port: 0, keys, params: options.params ?? {} });
  const { local, connect } = network;
  const roles = Object.fromEntries(
    Object.entries(keys).map(([role, key]) => [role, connect(privateKeyToAccount(key))]),
  ) as TestNetwork["roles"];
  const tester = createTestClient({ mode: "anvil", transport: http(local.rpcUrl, { retryCount: 0 }) });
  return {
    ...network,
    roles,
    async wallet(farWei = parseEther("1000")) {
      const account = privateKeyToAccount(generatePrivateKey());
      await local.fundGas(account.address);
      if (farWei > 0n) await roles.treasury.transfer({ to: account.address, amountWei: farWei });
      return { account, chain: connect(account) };
    },
    async stakeNode({ account, chain }, nodeId) {
      const [{ stakeWei }, leastWei] = [
        await chain.nodeState({ owner: account.address, nodeId }),
        await chain.minStake(),
      ];
      if (stakeWei >= leastWei) return;
      const amountWei = leastWei - stakeWei;
      await roles.treasury.transfer({ to: account.address, amountWei });
      await chain.registerNode({ nodeId, amountWei });
    },
    async passTime(seconds) {
      await tester.increaseTime({ seconds });
      await tester.mine({ blocks: 1 });
    },
    async close() {
      await network.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
