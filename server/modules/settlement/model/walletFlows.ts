/**
 * What chain events do to a wallet in the ledger. A receivable is what the wallet took out beyond its ledger balance (an exit paid
 * before everything it had spent was settled); it is counted here as a positive amount owed. For every wallet, at every block,
 *
 *   chain balance − chain receivable = ledger balance − ledger receivable + what it spent and is not yet settled,
 *
 * so it does not matter whether the chain sees the missing debit before or after the next deposit.
 */

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** A deposit pays what is owed first. */
export function depositFlow(owedWei: bigint, amountWei: bigint): { repaidWei: bigint; creditedWei: bigint } {
  const repaidWei = min(owedWei, amountWei);
  return { repaidWei, creditedWei: amountWei - repaidWei };
}

/** An exit takes what the wallet has free; what the chain paid beyond it is owed. */
export function exitFlow(availableWei: bigint, paidWei: bigint): { debitedWei: bigint; owedWei: bigint } {
  const debitedWei = min(availableWei, paidWei);
  return { debitedWei, owedWei: paidWei - debitedWei };
}

/** What tasks that ended after the exit gave back goes to what is owed. */
export const sweepFlow = (owedWei: bigint, availableWei: bigint): bigint => min(owedWei, availableWei);
