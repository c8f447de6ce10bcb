/** Outbox topics of this module. Amounts are wei as decimal strings, wallets lower-case. */
export const stakingTopics = {
  /** `{wallet, revenue, base, rate, tx_hash, log_index, at}`: a holder took its rewards; `rate` is USD per FAR with 8 decimals or null. */
  rewardsClaimed: "staking.rewards_claimed",
} as const;
