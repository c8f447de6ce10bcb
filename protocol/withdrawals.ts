/** A withdrawal: what the escrow's `withdraw` takes, its signature while it is open, and what became of it. Amounts are wei. */
export interface Withdrawal {
  id: string;
  wallet: string;
  amount: string;
  nonce: string;
  exit_counter: string;
  /** Seconds since 1970, by the chain's clock. */
  expires_at: number;
  /** 65 bytes; null once it is paid, expired or void. */
  signature: string | null;
  state: "open" | "paid" | "expired" | "void";
  created_at: string;
  closed_at: string | null;
  transaction_hash: string | null;
}
