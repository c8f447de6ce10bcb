/**
 * Receipts, epochs and the chain: what tasks moved in the ledger is netted, settled on the escrow contract, and shown to reconcile.
 *
 * The ledger moves money when a task is posted (wallet → owners and pools); the contract moves the same money when the task's epoch is
 * settled. Both are opened and closed only by the same chain events (deposits, vouchers, exits, claims, single tasks), so at the listener's
 * block Σ ledger liabilities (wallets + vouchers + owners + held + tasks + pools + float − receivables) equals what the escrow holds,
 * whatever is still unsettled.
 */
import type { Solvency, Withdrawal } from "@farlabs/protocol";
import type { Principal } from "#identity";
import type { RouteArea } from "#platform/http";
import type { Contributor } from "#platform/pg";
import type { PayerFields, ReceiptFields } from "./model/receiptPreimage.ts";
import type { EarnedPage, EarnedTask } from "./operations/nodeReceipts.ts";
import type { Receipts } from "./receipts/createReceipts.ts";
import type { ReceiptProof } from "./receipts/proof.ts";

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
  /** `0x` + hex digits, 16 random bytes: salts the payer's hash, and is shown to the payer only. */
  payerSalt: string;
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

/** What a receipt says, to its payer. Amounts are decimal strings of wei. */
export interface UnprovenReceipt extends ReceiptFields {
  payer: PayerFields;
}

/** A receipt as its payer has it, with everything to check it by (docs/receipts.md). */
export interface Receipt extends UnprovenReceipt {
  proof: ReceiptProof;
}

/** A receipt as its nodes have it: of payer and purpose only a hash, without its salt. */
export type NodeReceipt = Omit<Receipt, "payer">;

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
  /** What the treasury itself paid: checks, and the FAR leg of tasks paid in compute credit. */
  treasury_debit: string;
  payers: number;
  /** Operators that the batch listed; those beyond are in the payees root. */
  payees: number;
  /** Nodes whose earnings became held stake. */
  holds: number;
  /** What payees beyond those listed were credited under the payees root. */
  rooted: string;
  payees_root: string | null;
  payees_root_claimable_at: string | null;
  payees_root_disputed: boolean;
  transaction_hash: string | null;
  block: string | null;
  prepared_at: string;
  settled_at: string | null;
}

/** A node's earnings by where they are, wei as decimal strings; the five sum to all it ever earned. */
export interface NodeEarnings {
  node_id: string;
  /** Settled and claimed. */
  paid: string;
  /** Settled, waiting to be claimed. */
  claimable: string;
  /** Earned, its epoch or completion not yet settled; to be claimed. */
  pending: string;
  /** Settled into the node's held stake. */
  held: string;
  /** Earned, not yet settled, will be held stake. */
  held_pending: string;
}

/** What an operator wallet has earned, wei as decimal strings. */
export interface OwnerEarnings {
  /** Settled on chain and claimed. */
  claimed: string;
  /** Settled on chain, waiting to be claimed; the part under a payees root included. */
  claimable: string;
  /** Earned, its epoch not yet settled. */
  pending: string;
  /** Settled into its nodes' held stakes. */
  held: string;
  /** Earned, not yet settled, will be held stake. */
  held_pending: string;
  /** The newest payees root that holds this wallet, for `claimRooted`; null where every credit was listed in its batch. */
  rooted: { epoch: number; cumulative: string; claimed: string; claimable_at: string | null } | null;
  /** When what is pending will be in an epoch, at the latest, unless caps leave it over; null where nothing is. */
  next_epoch_at: string | null;
  nodes: NodeEarnings[];
}

/** A payee's place in an epoch's payees root. */
export interface PayeeProof {
  epoch: number;
  payee: string;
  /** All that it was ever credited under roots up to this epoch's, wei. */
  cumulative: string;
  payees_root: string;
  /** Siblings from the leaf up. */
  proof: string[];
  claimable_at: string | null;
  disputed: boolean;
}

export interface WithdrawRequest {
  principal: Pick<Principal, "accountId" | "wallets">;
  /** One of the account's; in any case of hex. */
  wallet: string;
  amountWei: bigint;
}

/** Something that settlement found, as an admin sees it. */
export interface FindingView {
  key: string;
  code: string;
  detail: string;
  wallet: string | null;
  severity: "halt" | "finding" | "alert";
  found_at: string;
  resolved_at: string | null;
  /** What admins resolved it with, oldest first. */
  resolutions: { actor: string; reason: string; at: string }[];
}

export interface UnsettledNodes {
  /** The last settled one, 0 before the first. */
  epoch: number;
  /** Wei that each node earned and no confirmed epoch or completion covers. */
  nodes: Readonly<Record<string, bigint>>;
}

/** What a scrape of metrics shows; null until the leader has read the chain. */
export interface SettlementFigures {
  openFindings: number;
  halted: boolean;
  /** The oracle's coin for gas, wei. */
  oracleGasWei: bigint | null;
  /** The treasury's balance in the contract, wei of FAR. */
  treasuryWei: bigint | null;
  unsettledWei: bigint;
  lastEpoch: number;
}

/** One broken invariant; an empty list means all is well. */
export interface Finding {
  /** Number of the invariant in ARCHITECTURE.md, 0 for what settlement itself found (a clamp, a reorg). */
  invariant: number;
  code: string;
  detail: string;
}

/** The public reconciliation; `difference` is zero. */
export interface SolvencyReport extends Solvency {
  /** FAR that somebody transferred to the contract without depositing it, wei; not part of `escrow_balance`. */
  surplus: string;
  /** What the contract has booked, by whose it is; sums to `escrow_balance`. */
  escrow: { users: string; owed: string; rooted: string; tasks: string; stakers: string; treasury: string };
  /** Parts of the liabilities that nobody can spend: signed vouchers, and what single tasks on chain still hold. */
  set_aside: { vouchers: string; tasks: string };
  /** Earnings that wait to become held stake. */
  held: string;
  /** What the treasury has promised and not funded yet; not part of the balance. */
  pending_credits: string;
}

export interface AuditReport {
  findings: Finding[];
  /** The checks that ran, in words. */
  checked: string[];
}

export interface Settlement extends Omit<Receipts, "start" | "stop" | "contributor"> {
  /** Contributor for the part `receipt`; register it after `funds`. */
  contributor: Contributor<ReceiptPart>;
  /** True while unsettled debits exceed what the caps settle in 12 h: admission answers 503 `settlement_backlog`. In memory, hot-path safe. */
  backlogged(): boolean;
  /** Shared by callers for a second. @throws chain_unavailable while the chain cannot be read */
  solvency(): Promise<SolvencyReport>;
  epoch(n: number): Promise<EpochInfo | null>;
  /** A settled epoch's file, byte for byte what lies on disk. @throws epoch_not_found, epoch_not_settled */
  epochFile(n: number): Promise<string>;
  /** @throws payee_not_found */
  payeeProof(n: number, payee: string): Promise<PayeeProof>;
  /**
   * Sets aside and signs a voucher, which anybody may have paid to that wallet within the hour.
   * @throws wallet_not_linked, exit_open, wallet_frozen, insufficient_funds, too_many_withdrawals, withdrawals_stopped, chain_unavailable
   */
  withdraw(request: WithdrawRequest): Promise<Withdrawal>;
  /** @throws withdrawal_not_found */
  withdrawal(accountId: string, id: string): Promise<Withdrawal>;
  withdrawals(
    accountId: string,
    page: { cursor?: string; limit: number },
  ): Promise<{ data: Withdrawal[]; nextCursor: string | null }>;
  /** Open ones first, newest first; at most 200. */
  findings(): Promise<FindingView[]>;
  /** Closes an open finding on a person's word, and writes down whose and why. @throws finding_not_found */
  resolveFinding(key: string, by: { actor: string; reason: string }): Promise<FindingView>;
  /** What nodes have at risk for their earnings, for whoever counts on from here. */
  unsettled(): Promise<UnsettledNodes>;
  /** A confirmed on-chain task by its id; `open` until it paid for an answer here, its time to do so is over, or too many wait to be completed. */
  chainTask(id: string): Promise<{ wallet: string; open: boolean } | null>;
  /** What the treasury has in the contract beyond what it owes there, wei; null while the chain cannot be read. */
  treasuryFree(): Promise<bigint | null>;
  /** In memory. */
  figures(): SettlementFigures;
  /** What a node earned task by task, newest first. */
  nodeReceipts(nodeId: string, page: EarnedPage): Promise<EarnedTask[]>;
  /** `owner` in any case of hex. */
  earnings(owner: string): Promise<OwnerEarnings>;
  audit(): Promise<AuditReport>;
  /** Starts listener and settler; whichever process holds the lock works. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** `network/solvency`, `network/epochs/…`, `withdrawals`, `admin/audit`, `admin/findings`. */
  areas: readonly RouteArea[];
}
