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
  /** `{id, wallet, amount, tx_hash}` */
  voucherPaid: "settlement.voucher_paid",
  /** `{id, wallet, amount, reason: "expired" | "void"}`: the amount is the wallet's again. */
  voucherExpired: "settlement.voucher_expired",
  /** `{owner, amount, tx_hash}` */
  claimed: "settlement.claimed",
  /** `{epoch, tasks, declared, funded, tx_hash, nodes: {nodeId: amount}}`: what each node earned and now has on chain. */
  epochSettled: "settlement.epoch_settled",
  /** `{task, charge, tx_hash, nodes: {nodeId: amount}}`: a task that its user put on chain was paid. */
  taskSettled: "settlement.task_settled",
  /** `{node_id, task_id, attempt, said: {output_hash, tokens}, arrived: {output_hash, tokens_claimed}}`: a node signed another output than it sent. */
  nodeStatementDiffers: "settlement.node_statement_differs",
  /** `{wallet, epoch, shortfall}` */
  debitClamped: "settlement.debit_clamped",
} as const;
