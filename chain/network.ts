import { type Chain, defineChain } from "viem";

/** Id of the chain that `chain/local` runs. */
export const localChainId = 31_337;

const ether = { name: "Ether", symbol: "ETH", decimals: 18 };
const bnb = { name: "BNB", symbol: "BNB", decimals: 18 };
const names: Readonly<Record<number, string>> = {
  [localChainId]: "Far Labs local chain",
  56: "BNB Smart Chain",
  97: "BNB Smart Chain testnet",
};

/** The viem description of a network; nothing about it comes from a public RPC list. */
export function describeNetwork(chainId: number, rpcUrl: string): Chain {
  return defineChain({
    id: chainId,
    name: names[chainId] ?? `chain ${chainId}`,
    nativeCurrency: chainId === 56 || chainId === 97 ? bnb : ether,
    rpcUrls: { default: { http: [rpcUrl] } },
  });
}

/** How often to look for a receipt, in ms: the local chain mines at once. */
export function pollingIntervalMs(chainId: number): number {
  return chainId === localChainId ? 25 : 1_000;
}
