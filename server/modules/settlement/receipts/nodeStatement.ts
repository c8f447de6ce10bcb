/** What a node's signatures must be, to be kept. */
import { hash } from "node:crypto";
import {
  type NodeSession,
  nodeDomain,
  nodeRootTypes,
  nodeSessionTypes,
  type OutputLeaf,
  outputLeafText,
  type RootFrame,
} from "@farlabs/protocol";
import { type Hex, recoverTypedDataAddress } from "viem";
import { merkleRoot } from "../model/merkle.ts";

/** A node, and the key that signs for it. */
export interface BoundNode {
  nodeId: string;
  /** Lower-case address. */
  nodeKey: string;
  network: string;
  session: NodeSession;
}

export const outputLeafHash = (leaf: OutputLeaf): Hex => `0x${hash("sha256", outputLeafText(leaf), "hex")}`;

const isBy = async (address: string, recovered: Promise<string>): Promise<boolean> =>
  (await recovered.catch(() => "")).toLowerCase() === address;

/** Whether the node key bound the session key, for this network. */
export const isBound = ({ nodeKey, network, session }: BoundNode, chainId: number): Promise<boolean> =>
  isBy(
    nodeKey,
    recoverTypedDataAddress({
      domain: nodeDomain(chainId),
      types: nodeSessionTypes,
      primaryType: "NodeSession",
      message: { sessionKey: session.key as Hex, network, validFrom: BigInt(session.validFrom) },
      signature: session.signature as Hex,
    }),
  );

/** Whether the session key signed the root, and the root is that of the leaves. */
export async function isSigned({ session }: BoundNode, frame: RootFrame, chainId: number): Promise<boolean> {
  if (frame.at < session.validFrom * 1000) return false;
  const signed = await isBy(
    session.key,
    recoverTypedDataAddress({
      domain: nodeDomain(chainId),
      types: nodeRootTypes,
      primaryType: "NodeRoot",
      message: { root: frame.root as Hex, count: frame.leaves.length, at: BigInt(frame.at) },
      signature: frame.signature as Hex,
    }),
  );
  return signed && (await merkleRoot(frame.leaves.map(outputLeafHash))) === frame.root;
}
