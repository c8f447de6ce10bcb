/**
 * What chain events do to money in the ledger. A receivable is what somebody took out beyond its ledger balance (an exit paid before
 * everything it had spent was settled); it is counted here as a positive amount owed. For every wallet, at every block,
 *
 *   chain balance − chain receivable = ledger balance + vouchers − ledger receivable + what it spent and is not yet settled,
 *
 * so it does not matter whether the chain sees the missing debit before or after the next deposit.
 */

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** A deposit pays what is owed first. */
export function depositFlow(owedWei: bigint, amountWei: bigint): { repaidWei: bigint; creditedWei: bigint } {
  const repaidWei = min(owedWei, amountWei);
  return { repaidWei, creditedWei: amountWei - repaidWei };
}

/** What left takes from each source what it has free, in order; what the chain paid beyond all of them is owed. */
export function outFlow(availableWei: readonly bigint[], paidWei: bigint): { debitedWei: bigint[]; owedWei: bigint } {
  let owedWei = paidWei;
  const debitedWei = availableWei.map((free) => {
    const taken = min(free, owedWei);
    owedWei -= taken;
    return taken;
  });
  return { debitedWei, owedWei };
}
