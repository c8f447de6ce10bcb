/**
 * What chain events do to a wallet in the ledger. A receivable is what the wallet took out beyond its ledger balance (an exit paid
 * before everything it had spent was settled); it is counted here as a positive amount owed. For every wallet, at every block,
 *
 *   chain balance − chain receivable = ledger balance − ledger receivable + what it spent and is not yet settled,
 *
 * so it does not matter whether the chain sees the missing debit before or after the next deposit.
 */

export interface DepositFlow {
  /** From the escrow to the receivable. */
  repaidWei: bigint;
  /** From the escrow to the wallet. */
  creditedWei: bigint;
  /** From the wallet to the receivable: what running tasks gave back after the exit was paid. */
  sweptWei: bigint;
  /** Owed after all that. */
  owedWei: bigint;
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** A deposit pays what is owed first. */
export function depositFlow(owedWei: bigint, availableWei: bigint, amountWei: bigint): DepositFlow {
  const repaidWei = min(owedWei, amountWei);
  const sweptWei = min(owedWei - repaidWei, availableWei);
  return { repaidWei, creditedWei: amountWei - repaidWei, sweptWei, owedWei: owedWei - repaidWei - sweptWei };
}

/** An exit takes what the wallet has free; what the chain paid beyond it is owed. */
export function exitFlow(availableWei: bigint, paidWei: bigint): { debitedWei: bigint; owedWei: bigint } {
  const debitedWei = min(availableWei, paidWei);
  return { debitedWei, owedWei: paidWei - debitedWei };
}
