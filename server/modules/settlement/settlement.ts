/**
 * Receipts, epochs and the chain: what tasks moved in the ledger is netted, settled on the escrow contract, and shown to reconcile.
 *
 * The ledger moves money when a task is posted (wallet → owners and pools); the contract moves the same money when the task's epoch is
 * settled. Both are opened and closed only by the same chain events (deposits, exits, claims), so at the listener's block
 * Σ ledger liabilities (wallets + owners + pools − receivables) equals what the escrow holds, whatever is still unsettled.
 */
import type { Solvency } from "@farlabs/protocol";
import type { RouteArea } from "#platform/http";
import type { Contributor } from "#platform/pg";
import type { ReceiptFields } from "./model/receiptPreimage.ts";

/** One node's part of a task. */
export interface ReceiptNode {
  nodeId: string;
  /** Owner wallet, lower-case `0x…`. */
  owner: string;
  attempt: number;
  /** Output tokens it delivered, by the network's count; an equal weight where no tokens are made. */
  tokens: number;
  /** Output tokens it claimed; null where it was cut off before its result. */
  tokensClaimed: number | null;
  /** The score its share was computed with, 0–100 with at most two decimals. */
  score: number;
  /** Its part of the operator's share; over all nodes they sum to `split.operatorWei`. */
  amountWei: bigint;
  /** Earned into the node's held stake, `far:held:<nodeId>`, not to claim. */
  held: boolean;
  /** `0x` + 64 hex digits: SHA-256 of what this attempt delivered (`outputText` of the protocol). */
  outputHash: string;
}

/**
 * The group-commit part `receipt`: one for each posted task with a charge above zero, in the same unit as its `funds` post.
 * `split` sums to `chargeWei` exactly. Tasks answered from the cache, failed or empty have none.
 */
export interface ReceiptPart {
  taskId: string;
  /** The escrow wallet that paid, lower-case `0x…`; `treasury` for checks and VCU tasks; `task:0x…` for a task escrowed on chain. */
  payerWallet: string;
  payerAccount: string;
  purpose: "user" | "check";
  nodes: readonly ReceiptNode[];
  model: string;
  /** Hash of the model's manifest, where the registry holds it. */
  manifestHash: string | null;
  inputTokens: number;
  outputTokens: number;
  /** Unit prices, micro-dollars per 1 M tokens. */
  inputMicro: bigint;
  outputMicro: bigint;
  /** USD per FAR with 8 decimals, fixed at reserve. */
  rate8: bigint;
  /** What the user paid in. */
  asset: "FAR" | "VCU";
  /** The FAR leg, whatever the user paid in. */
  chargeWei: bigint;
  /** In units of 10⁻⁴ VCU; null unless the asset is VCU. */
  chargeVcu: bigint | null;
  split: { operatorWei: bigint; stakersWei: bigint; treasuryWei: bigint };
  /** `0x` + 64 hex digits: SHA-256 over salt and canonical form. */
  requestHash: string;
  responseHash: string;
  /** `0x` + hex digits, 16 bytes or more. */
  salt: string;
  /** Milliseconds since 1970. */
  createdAtMs: number;
}

/** A receipt as its owner reads it (docs/receipts.md). Amounts are decimal strings of wei. */
export interface Receipt extends ReceiptFields {
  payer: { wallet: string; account: string };
}

export interface EpochInfo {
  epoch: number;
  status: "prepared" | "sent" | "settled";
  receipts_root: string;
  task_count: number;
  /** Wei. */
  declared: string;
  funded: string | null;
  stakers: string;
  treasury: string;
  payers: number;
  payees: number;
  transaction_hash: string | null;
  block: string | null;
  prepared_at: string;
  settled_at: string | null;
}

/** What an operator wallet has earned and not claimed, wei as decimal strings. */
export interface OwnerEarnings {
  /** Settled on chain and claimed. */
  claimed: string;
  /** Settled on chain, waiting to be claimed. */
  claimable: string;
  /** Earned, its epoch not yet settled. */
  pending: string;
}

/** One broken invariant; an empty list means all is well. */
export interface Finding {
  /** Number of the invariant in reliability.md, 0 for what settlement itself found (a clamp, a reorg). */
  invariant: number;
  code: string;
  detail: string;
}

/** The public reconciliation; `difference` is zero. */
export interface SolvencyReport extends Solvency {
  /** FAR that somebody transferred to the contract without depositing it, wei; not part of `escrow_balance`. */
  surplus: string;
}

export interface AuditReport {
  findings: Finding[];
  /** The checks that ran, in words. */
  checked: string[];
}

export interface Settlement {
  /** Contributor for the part `receipt`; register it after `funds`. */
  contributor: Contributor<ReceiptPart>;
  /** True while unsettled debits exceed what the caps settle in 12 h: admission answers 503 `settlement_backlog`. In memory, hot-path safe. */
  backlogged(): boolean;
  /** Shared by callers for a second. @throws chain_unavailable while the chain cannot be read */
  solvency(): Promise<SolvencyReport>;
  epoch(n: number): Promise<EpochInfo | null>;
  /** The receipt of a task of this account. @throws not_found */
  receipt(accountId: string, taskId: string): Promise<Receipt>;
  receipts(
    accountId: string,
    page: { cursor?: string; limit: number },
  ): Promise<{ data: Receipt[]; nextCursor: string | null }>;
  /** `owner` in any case of hex. */
  earnings(owner: string): Promise<OwnerEarnings>;
  audit(): Promise<AuditReport>;
  /** Starts listener and settler; whichever process holds the lock works. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** `network/solvency`, `network/epochs/{n}`, `admin/audit`. */
  areas: readonly RouteArea[];
}
