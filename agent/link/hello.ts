import {
  type AgentFrame,
  type Capabilities,
  helloMessage,
  PROTOCOL_VERSION,
  type ServerFrame,
} from "@farlabs/protocol";
import type { LocalAccount } from "viem";
import type { SessionKey } from "../receipts/sessionKey.ts";
import type { AttemptRef } from "./attempts.ts";

/** The node's identity: a viem local account, or anything that signs like one (EIP-191 and EIP-712). */
export type NodeKey = Pick<LocalAccount, "address" | "signMessage" | "signTypedData">;
export interface HelloOptions {
  token: string;
  key: NodeKey;
  session: SessionKey;
  version: string;
  ownerWallet?: `0x${string}` | undefined;
  /** Asked when the challenge came, so that `hello` says what is true then. */
  hello(): Promise<{ capabilities: Capabilities; running: AttemptRef[] }>;
}

/** Answers a challenge: who this node is, what it offers, what it still runs, signed by the node key over the challenge. */
export async function signHello(
  options: HelloOptions,
  challenge: Extract<ServerFrame, { type: "challenge" }>,
): Promise<Extract<AgentFrame, { type: "hello" }>> {
  const { key, token, version, ownerWallet } = options;
  const { network, nonce, chainId } = challenge;
  const message = helloMessage({ network, nonce, joinToken: token, nodeKey: key.address });
  const [facts, signature, session] = await Promise.all([
    options.hello(),
    key.signMessage({ message }),
    options.session.bind({ network, chainId }),
  ]);
  return {
    type: "hello",
    protocol: PROTOCOL_VERSION,
    version,
    joinToken: token,
    nodeKey: key.address,
    signature,
    ...(ownerWallet ? { ownerWallet } : {}),
    session,
    ...facts,
  };
}
