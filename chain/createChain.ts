import { addStake } from "./actions/addStake.ts";
import { allowance } from "./actions/allowance.ts";
import { appealSlash } from "./actions/appealSlash.ts";
import { approve } from "./actions/approve.ts";
import { cancelExit } from "./actions/cancelExit.ts";
import { cancelSlash } from "./actions/cancelSlash.ts";
import { cancelUnbond } from "./actions/cancelUnbond.ts";
import { claim } from "./actions/claim.ts";
import { claimedRooted } from "./actions/claimedRooted.ts";
import { claimRewards } from "./actions/claimRewards.ts";
import { claimRooted } from "./actions/claimRooted.ts";
import { claimTreasury } from "./actions/claimTreasury.ts";
import { completeTask } from "./actions/completeTask.ts";
import { createTask } from "./actions/createTask.ts";
import { deposit } from "./actions/deposit.ts";
import { disputeRoot } from "./actions/disputeRoot.ts";
import { escrowState } from "./actions/escrowState.ts";
import { executeSlash } from "./actions/executeSlash.ts";
import { exitOf } from "./actions/exitOf.ts";
import { expireLock } from "./actions/expireLock.ts";
import { finishExit } from "./actions/finishExit.ts";
import { freeStake } from "./actions/freeStake.ts";
import { freezeSlashes } from "./actions/freezeSlashes.ts";
import { fundReserve } from "./actions/fundReserve.ts";
import { fundTreasury } from "./actions/fundTreasury.ts";
import { getBlockRef } from "./actions/getBlockRef.ts";
import { getReceipt } from "./actions/getReceipt.ts";
import { heartbeat } from "./actions/heartbeat.ts";
import { latestPrice } from "./actions/latestPrice.ts";
import { minStake } from "./actions/minStake.ts";
import { nodeState } from "./actions/nodeState.ts";
import { owed } from "./actions/owed.ts";
import { pause } from "./actions/pause.ts";
import { payeesRootOf } from "./actions/payeesRootOf.ts";
import { pendingOf } from "./actions/pendingOf.ts";
import { proposeSlash } from "./actions/proposeSlash.ts";
import { pullRevenue } from "./actions/pullRevenue.ts";
import { receiptsRootOf } from "./actions/receiptsRootOf.ts";
import { receivableOf } from "./actions/receivableOf.ts";
import { reclaimTask } from "./actions/reclaimTask.ts";
import { registerNode } from "./actions/registerNode.ts";
import { releasePending } from "./actions/releasePending.ts";
import { releaseRootedPending } from "./actions/releaseRootedPending.ts";
import { releaseStakersPending } from "./actions/releaseStakersPending.ts";
import { requestExit } from "./actions/requestExit.ts";
import { requestUnbond } from "./actions/requestUnbond.ts";
import { resolveAppeal } from "./actions/resolveAppeal.ts";
import { waitMined } from "./actions/sendCall.ts";
import { setFeedAnswer } from "./actions/setFeedAnswer.ts";
import { settleableAmount } from "./actions/settleableAmount.ts";
import { settleBatch } from "./actions/settleBatch.ts";
import { settledEpoch } from "./actions/settledEpoch.ts";
import { signPermit } from "./actions/signPermit.ts";
import { slashOf } from "./actions/slashOf.ts";
import { stake } from "./actions/stake.ts";
import { stakingMetrics } from "./actions/stakingMetrics.ts";
import { stakingState } from "./actions/stakingState.ts";
import { taskOf } from "./actions/taskOf.ts";
import { tokenBalance } from "./actions/tokenBalance.ts";
import { transfer } from "./actions/transfer.ts";
import { unfreezeSlashes } from "./actions/unfreezeSlashes.ts";
import { unpause } from "./actions/unpause.ts";
import { unstake } from "./actions/unstake.ts";
import { updateNodeRating } from "./actions/updateNodeRating.ts";
import { userBalance } from "./actions/userBalance.ts";
import { voucherUsed } from "./actions/voucherUsed.ts";
import { withdrawUnbonded } from "./actions/withdrawUnbonded.ts";
import { withdrawVoucher } from "./actions/withdrawVoucher.ts";
import type { ChainClient, ClientOptions } from "./client.ts";
import { createClient } from "./client.ts";
import { readEvents } from "./events/readEvents.ts";
import { signReceiptBatch } from "./receiptBatch.ts";
import { sendManaged } from "./sending/sendManaged.ts";
import { signVoucher, voucherSigner } from "./vouchers.ts";

const actions = {
  addStake,
  allowance,
  appealSlash,
  approve,
  cancelExit,
  cancelSlash,
  cancelUnbond,
  claim,
  claimRewards,
  claimRooted,
  claimTreasury,
  claimedRooted,
  completeTask,
  createTask,
  deposit,
  disputeRoot,
  escrowState,
  executeSlash,
  exitOf,
  expireLock,
  finishExit,
  freeStake,
  freezeSlashes,
  fundReserve,
  fundTreasury,
  getBlockRef,
  getReceipt,
  heartbeat,
  latestPrice,
  minStake,
  nodeState,
  owed,
  pause,
  payeesRootOf,
  pendingOf,
  proposeSlash,
  pullRevenue,
  readEvents,
  receiptsRootOf,
  receivableOf,
  reclaimTask,
  registerNode,
  releasePending,
  releaseRootedPending,
  releaseStakersPending,
  requestExit,
  requestUnbond,
  resolveAppeal,
  sendManaged,
  setFeedAnswer,
  settleBatch,
  settleableAmount,
  settledEpoch,
  signPermit,
  signReceiptBatch,
  signVoucher,
  slashOf,
  stake,
  stakingMetrics,
  stakingState,
  taskOf,
  tokenBalance,
  transfer,
  unfreezeSlashes,
  unpause,
  unstake,
  updateNodeRating,
  userBalance,
  voucherSigner,
  voucherUsed,
  waitMined,
  withdrawUnbonded,
  withdrawVoucher,
} as const;

type Actions = typeof actions;
type Rest<F> = F extends (client: ChainClient, ...rest: infer R) => infer Result ? (...rest: R) => Result : never;

/** The clients and every action, bound to them: `chain.deposit({ amountWei })`. */
export type FarChain = ChainClient & { readonly [Name in keyof Actions]: Rest<Actions[Name]> };

/**
 * Makes a chain: reading needs an RPC url and addresses, writing an account. Opens no connection.
 *
 * @example
 * const chain = createChain({ rpcUrl, contracts, account: privateKeyToAccount(key) });
 * await chain.deposit({ amountWei: 5n * 10n ** 18n });
 */
export function createChain(options: ClientOptions): FarChain {
  const client = createClient(options);
  const bound = Object.fromEntries(
    Object.entries(actions).map(([name, action]) => [
      name,
      (...rest: unknown[]) => (action as (client: ChainClient, ...rest: unknown[]) => unknown)(client, ...rest),
    ]),
  );
  return { ...client, ...bound } as FarChain;
}
