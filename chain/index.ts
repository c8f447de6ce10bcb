export type { EscrowState } from "./actions/escrowState.ts";
export type { Exit } from "./actions/exitOf.ts";
export type { BlockRef } from "./actions/getBlockRef.ts";
export type { Receipt } from "./actions/getReceipt.ts";
export type { Price } from "./actions/latestPrice.ts";
export type { NodeStake } from "./actions/nodeState.ts";
export type { PayeesRoot } from "./actions/payeesRootOf.ts";
export type { Mined } from "./actions/sendCall.ts";
export type { Batch, Hold } from "./actions/settleBatch.ts";
export { encodeSettleBatch } from "./actions/settleBatch.ts";
export type { SlashOnChain } from "./actions/slashOf.ts";
export type { LockDays } from "./actions/stake.ts";
export type { StakingMetrics } from "./actions/stakingMetrics.ts";
export type { StakePosition, StakingState } from "./actions/stakingState.ts";
export type { TaskOnChain } from "./actions/taskOf.ts";
export { encodeWithdraw } from "./actions/withdrawVoucher.ts";
export type { ClientOptions, ContractAddresses } from "./client.ts";
export type { FarChain } from "./createChain.ts";
export { createChain } from "./createChain.ts";
export type { ChainErrorCode, Revert } from "./errors.ts";
export { ChainError, isChainError, toChainError } from "./errors.ts";
export type {
  ChainEvent,
  EscrowEvent,
  EventContract,
  EventPosition,
  ReadEventsOptions,
  RegistryEvent,
  StakingEvent,
} from "./events/readEvents.ts";
export { farTokenAbi } from "./generated/farTokenAbi.ts";
export { inferencePaymentAbi } from "./generated/inferencePaymentAbi.ts";
export { nodeRegistryAbi } from "./generated/nodeRegistryAbi.ts";
export { settableFeedAbi } from "./generated/settableFeedAbi.ts";
export { stakingAbi } from "./generated/stakingAbi.ts";
export { timelockControllerAbi } from "./generated/timelockControllerAbi.ts";
export { localChainId } from "./network.ts";
export { nodeKeyOf } from "./nodeKey.ts";
export type { Fees, SendManagedOptions, SendOutcome, SignedAttempt } from "./sending/sendManaged.ts";
export type { Voucher } from "./vouchers.ts";
export { paymentDomain, voucherArgs } from "./vouchers.ts";
