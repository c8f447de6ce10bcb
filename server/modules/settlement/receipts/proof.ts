import type { GatewayProof, InclusionProof, NodeProof } from "@farlabs/protocol";

/** What stands beside a receipt's fields so that anybody can check them (docs/receipts.md). Times as signed, hex in lower case. */

export const MISSING = {
  unfinished: "The attempt ended before the node had finished it, so the node signed nothing.",
  silent: "No valid signature of the node over this output has arrived.",
} as const;

/** Why a node's signature is not there, in words. */
export interface MissingProof {
  missing: (typeof MISSING)[keyof typeof MISSING];
}

export interface ReceiptProof {
  gateway: GatewayProof;
  /** One for each of the receipt's nodes, in their order. */
  nodes: (NodeProof | MissingProof)[];
  /** Null until its epoch is settled, and for tasks that are settled by themselves. */
  inclusion: InclusionProof | null;
}
