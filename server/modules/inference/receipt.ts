/** The facts of a charged task, committed as the unit's part `receipt`. Settlement stores them; the names are agreed with its own part. */
export interface ReceiptPart {
  taskId: string;
  payerWallet: string;
  payerAccount: string;
  nodes: readonly { nodeId: string; owner: string; tokens: number; amountWei: bigint }[];
  model: string;
  /** Null where the network holds no manifest of the model. */
  manifestHash: string | null;
  inputTokens: number;
  outputTokens: number;
  inputMicro: bigint;
  outputMicro: bigint;
  rate8: bigint;
  score: number;
  chargeWei: bigint;
  split: { operatorWei: bigint; stakersWei: bigint; treasuryWei: bigint };
  /** SHA-256 of `salt:canonical JSON`, hex; the same for the response's choices. */
  requestHash: string;
  responseHash: string;
  salt: string;
  createdAtMs: number;
}
