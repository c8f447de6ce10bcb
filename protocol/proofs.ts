/** What stands beside a receipt's fields so that anybody can check them (docs/receipts.md). Times as signed, hex in lower case. */

/** The network's signature over the batch that the receipt was committed in. */
export interface GatewayProof {
  chain_id: number;
  /** The `InferencePayment` contract on which the signer holds its role. */
  contract: string;
  root: string;
  count: number;
  /** Unix time, seconds. */
  signed_at: number;
  path: string[];
  signer: string;
  signature: string;
}

/** A node's signature over what it delivered. */
export interface NodeProof {
  session: {
    chain_id: number;
    network: string;
    key: string;
    /** Unix time, seconds. */
    valid_from: number;
    node_key: string;
    signature: string;
  };
  root: string;
  count: number;
  /** Unix time, milliseconds. */
  at: number;
  path: string[];
  signature: string;
}

/** The epoch that settled the receipt on chain. */
export interface InclusionProof {
  chain_id: number;
  contract: string;
  epoch: number;
  root: string;
  path: string[];
}
