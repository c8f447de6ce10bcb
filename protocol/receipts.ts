/**
 * What a node's signature covers, said once for the agent that signs and the server that checks. Receipts as a whole: docs/receipts.md.
 */

/**
 * JSON with object keys in code-point order, no spaces and no undefined fields: the form that hashes are taken over, so that anybody who
 * holds the value can compute them again.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const fields = value as Record<string, unknown>;
  let text = "";
  for (const key of Object.keys(fields).sort()) {
    const field = fields[key];
    if (field !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(field)}`;
  }
  return `{${text}}`;
}

/** One choice of an answer (or one input's embedding), as far as its hash goes. */
export interface OutputChoice {
  text: string;
  toolCalls: readonly { id: string; type: "function"; function: { name: string; arguments: string } }[];
  /** Base64 of little-endian float32. */
  embedding: string | null;
}

/** The text whose SHA-256 is an attempt's output hash: what this attempt delivered, choice by choice. */
export const outputText = (choices: readonly OutputChoice[]): string =>
  canonicalJson(choices.map(({ text, toolCalls, embedding }) => ({ text, tool_calls: toolCalls, embedding })));

/** What a node says of one finished attempt. */
export interface OutputLeaf {
  taskId: string;
  attempt: number;
  /** `0x` and the SHA-256 of {@link outputText}, lower case. */
  outputHash: string;
  /** Output tokens the node claims in its result. */
  tokens: number;
}

/** The text whose SHA-256 is a leaf of a node's tree; inner nodes are keccak-256 of sorted pairs. */
export const outputLeafText = ({ taskId, attempt, outputHash, tokens }: OutputLeaf): string =>
  JSON.stringify(["far-output-1", taskId, attempt, outputHash, tokens]);

/** EIP-712 domain of what nodes sign. */
export const nodeDomain = (chainId: number) => ({ name: "Far Labs", version: "1", chainId }) as const;

/** EIP-712: the node key binds a session key, once for each start of the agent. `validFrom` is unix time in seconds. */
export const nodeSessionTypes = {
  NodeSession: [
    { name: "sessionKey", type: "address" },
    { name: "network", type: "string" },
    { name: "validFrom", type: "uint64" },
  ],
} as const;

/** EIP-712: the session key signs a tree of outputs. `at` is unix time in milliseconds. */
export const nodeRootTypes = {
  NodeRoot: [
    { name: "root", type: "bytes32" },
    { name: "count", type: "uint32" },
    { name: "at", type: "uint64" },
  ],
} as const;
