/** One attempt's part of a charged task. */
export interface ReceiptNode {
  nodeId: string;
  owner: string;
  attempt: number;
  tokens: number;
  /** Null where the attempt was cut off before its result. */
  tokensClaimed: number | null;
  score: number;
  amountWei: bigint;
  held: boolean;
  outputHash: string;
}

/** The facts of a charged task, committed as the unit's part `receipt`. Settlement stores them; `compose.ts` checks that both mean the same. */
export interface ReceiptPart {
  taskId: string;
  /** A wallet, `treasury`, or `task:0x…`. */
  payerWallet: string;
  payerAccount: string;
  /** Salts the payer's hash; 16 random bytes. */
  payerSalt: string;
  purpose: "user" | "check";
  nodes: readonly ReceiptNode[];
  model: string;
  /** Null where the network holds no manifest of the model. */
  manifestHash: string | null;
  inputTokens: number;
  outputTokens: number;
  inputMicro: bigint;
  outputMicro: bigint;
  rate8: bigint;
  asset: "FAR" | "VCU";
  chargeWei: bigint;
  chargeVcu: bigint | null;
  split: { operatorWei: bigint; stakersWei: bigint; treasuryWei: bigint };
  /** SHA-256 of `salt:canonical JSON`, hex; the same for the response's choices. */
  requestHash: string;
  responseHash: string;
  salt: string;
  createdAtMs: number;
}
