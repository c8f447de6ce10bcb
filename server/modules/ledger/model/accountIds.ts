/** The ids of accounts, said once; ledger.ts says what each kind holds. Addresses and hashes are lower-case hex. */
export const accountIds = {
  wallet: (wallet: string): string => `far:wallet:${wallet}`,
  voucher: (wallet: string): string => `far:voucher:${wallet}`,
  task: (taskId: string): string => `far:task:${taskId}`,
  held: (nodeId: string): string => `far:held:${nodeId}`,
  owner: (wallet: string): string => `far:owner:${wallet}`,
  receivable: (of: string): string => `far:receivable:${of}`,
  credits: (accountId: string): string => `vcu:account:${accountId}`,
  float: "far:float",
  stakers: "far:pool:stakers",
  treasury: "far:pool:treasury",
  escrow: "far:escrow",
  creditsSpent: "vcu:spent",
  capSpent: "usd:spent",
} as const;
