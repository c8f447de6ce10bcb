/** Outbox topics of this module. Amounts are wei as decimal strings, wallets lower-case. */
export const settlementTopics = {
  /** `{wallet, amount, tx_hash}` */
  depositConfirmed: "settlement.deposit_confirmed",
  /** `{wallet, exit_counter, matures_at, lapses_at}`: running tasks of the wallet are to be cancelled. */
  walletFrozen: "settlement.wallet_frozen",
  /** `{wallet}` */
  walletThawed: "settlement.wallet_thawed",
  /** `{wallet, amount, owed, tx_hash}`: an exit was paid. */
  withdrawn: "settlement.withdrawn",
  /** `{owner, amount, tx_hash}` */
  claimed: "settlement.claimed",
  /** `{epoch, tasks, declared, funded, tx_hash}` */
  epochSettled: "settlement.epoch_settled",
  /** `{wallet, epoch, shortfall}` */
  debitClamped: "settlement.debit_clamped",
} as const;
