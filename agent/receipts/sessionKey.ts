import { type NodeSession, nodeDomain, nodeRootTypes, nodeSessionTypes } from "@farlabs/protocol";
import type { Hex, LocalAccount } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";

/** Where a binding holds: what is signed for one network says nothing to another. */
export interface Binding {
  network: string;
  chainId: number;
}

export interface SessionKey {
  /** The node key's signature over this key, made once for each network. */
  bind(binding: Binding): Promise<NodeSession>;
  /** Signs a tree of outputs for the network bound last. @throws Error before the first binding */
  signRoot(statement: { root: Hex; count: number; at: number }): Promise<Hex>;
}

/**
 * A key that lives as long as this process and signs what the node delivered, so that the node key itself signs once a start.
 * @param key - the node key
 */
export function createSessionKey(key: Pick<LocalAccount, "signTypedData">, now: () => number = Date.now): SessionKey {
  const session = privateKeyToAccount(generatePrivateKey());
  const address = session.address.toLowerCase() as Hex;
  const validFrom = Math.floor(now() / 1000);
  const bound = new Map<string, Promise<NodeSession>>();
  let chainId: number | undefined;

  async function sign(binding: Binding): Promise<NodeSession> {
    const signature = await key.signTypedData({
      domain: nodeDomain(binding.chainId),
      types: nodeSessionTypes,
      primaryType: "NodeSession",
      message: { sessionKey: address, network: binding.network, validFrom: BigInt(validFrom) },
    });
    return { key: address, validFrom, signature };
  }

  return {
    bind(binding) {
      chainId = binding.chainId;
      const name = JSON.stringify([binding.network, binding.chainId]);
      const known = bound.get(name) ?? sign(binding);
      bound.set(name, known);
      return known;
    },
    async signRoot({ root, count, at }) {
      if (chainId === undefined) throw new Error("a root is signed for a network");
      return session.signTypedData({
        domain: nodeDomain(chainId),
        types: nodeRootTypes,
        primaryType: "NodeRoot",
        message: { root, count, at: BigInt(at) },
      });
    },
  };
}
