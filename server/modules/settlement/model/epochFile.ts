import type { Hex } from "viem";

/** A settled epoch as everybody may have it: hashes and sums, nobody's address and nobody's task. Amounts in wei. */
export interface EpochFileInput {
  chainId: number;
  /** The escrow contract. */
  contract: string;
  epoch: number;
  /** The transaction that settled it. */
  transaction: string;
  receiptsRoot: string;
  /** In the order of their task ids, which are not published. */
  receiptsLeaves: readonly Hex[];
  declaredWei: bigint;
  fundedWei: bigint;
  stakersWei: bigint;
  treasuryWei: bigint;
  treasuryDebitWei: bigint;
  debitsWei: readonly bigint[];
  creditsWei: readonly bigint[];
  holdsWei: readonly bigint[];
  rootedWei: bigint;
  /** Of the cumulative tree, or null where the epoch published none. */
  payeesRoot: string | null;
  payeesLeaves: readonly Hex[];
}

/** Ascending: the order of the batch is that of addresses, which the file leaves out. */
const amounts = (wei: readonly bigint[]): string[] => [...wei].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).map(String);

/**
 * The file's bytes: JSON without white space, names in ascending order, hex in lower case, amounts as decimal strings (RFC 8785 gives the
 * same). The same epoch always gives the same bytes.
 */
export function epochFile(input: EpochFileInput): string {
  return JSON.stringify({
    chain_id: input.chainId,
    contract: input.contract.toLowerCase(),
    credits: amounts(input.creditsWei),
    debits: amounts(input.debitsWei),
    declared: String(input.declaredWei),
    epoch: input.epoch,
    funded: String(input.fundedWei),
    holds: amounts(input.holdsWei),
    payees_leaves: input.payeesLeaves,
    payees_root: input.payeesRoot,
    receipts_leaves: input.receiptsLeaves,
    receipts_root: input.receiptsRoot,
    rooted: String(input.rootedWei),
    stakers: String(input.stakersWei),
    task_count: input.receiptsLeaves.length,
    transaction: input.transaction,
    treasury: String(input.treasuryWei),
    treasury_debit: String(input.treasuryDebitWei),
    version: 1,
  });
}
