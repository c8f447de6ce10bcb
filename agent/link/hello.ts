import {
  type AgentFrame,
  type Capabilities,
  helloMessage,
  PROTOCOL_VERSION,
  type ServerFrame,
} from "@farlabs/protocol";
import type { AttemptRef } from "./attempts.ts";

/** The node's identity: a viem local account, or anything that signs like one (EIP-191). */
export interface NodeKey {
  readonly address: `0x${string}`;
  signMessage(p: { message: string }): Promise<`0x${string}`>;
}
export interface HelloOptions {
  token: string;
  key: NodeKey;
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
  const { network, nonce } = challenge;
  const message = helloMessage({ network, nonce, joinToken: token, nodeKey: key.address });
  const [facts, signature] = await Promise.all([options.hello(), key.signMessage({ message })]);
  return {
    type: "hello",
    protocol: PROTOCOL_VERSION,
    version,
    joinToken: token,
    nodeKey: key.address,
    signature,
    ...(ownerWallet ? { ownerWallet } : {}),
    ...facts,
  };
}
