import { z } from "zod";

export const settlementConfig = z.object({
  /** Blocks, the newest included, that a block needs on top before it counts; 1 on the local network. */
  CHAIN_CONFIRMATIONS: z.coerce.number().int().min(1).max(10_000).default(15),
  /** The local chain's `saved.json`: there a block is confirmed once it is in the saved state, whatever the number above. */
  CHAIN_SAVED_FILE: z.string().min(1).optional(),
  /** First block that can hold an event of the escrow. */
  CHAIN_START_BLOCK: z.coerce.number().int().min(0).default(0),
  /** Milliseconds between two looks at the chain. */
  CHAIN_POLL_MS: z.coerce.number().int().min(50).default(2_000),
  /** Receipts that trigger an epoch, and the most that one carries. */
  SETTLEMENT_EPOCH_TASKS: z.coerce.number().int().min(1).max(10_000).default(10_000),
  /** Seconds after which pending receipts are settled, however few; 60 on the local network. */
  SETTLEMENT_EPOCH_INTERVAL_S: z.coerce.number().int().min(1).default(600),
  /** Seconds before an epoch's transaction that was not mined is replaced by one that pays more; doubles each time. */
  SETTLEMENT_RESEND_S: z.coerce.number().int().min(1).default(60),
  /** Seconds between two comparisons of ledger, receipts and chain. */
  SETTLEMENT_RECONCILE_S: z.coerce.number().int().min(1).default(30),
  /** Full batches that the oracle's gas must still pay for; below it an alert is raised. */
  SETTLEMENT_GAS_ALERT_BATCHES: z.coerce.number().int().min(0).default(50),
  /** Whole FAR that the treasury should have in the contract; below it an alert is raised. 0: never. */
  SETTLEMENT_TREASURY_ALERT_FAR: z.coerce.number().int().min(0).default(0),
  /** Where the files of settled epochs are kept; without it they are served and not kept. */
  EPOCH_FILES_DIR: z.string().min(1).optional(),
});
export type SettlementConfig = z.infer<typeof settlementConfig>;

/** How many schedules the payer's property runs over: few by default, all of them with `FAR_DEEP=1`. */
export const deepRuns = (few: number, all: number): number => (process.env.FAR_DEEP === "1" ? all : few);
