import { allowance } from "./actions/allowance.ts";
import { approve } from "./actions/approve.ts";
import { cancelExit } from "./actions/cancelExit.ts";
import { claim } from "./actions/claim.ts";
import { claimTreasury } from "./actions/claimTreasury.ts";
import { deposit } from "./actions/deposit.ts";
import { escrowState } from "./actions/escrowState.ts";
import { exitOf } from "./actions/exitOf.ts";
import { finishExit } from "./actions/finishExit.ts";
import { fundTreasury } from "./actions/fundTreasury.ts";
import { getBlockRef } from "./actions/getBlockRef.ts";
import { getReceipt } from "./actions/getReceipt.ts";
import { latestPrice } from "./actions/latestPrice.ts";
import { owed } from "./actions/owed.ts";
import { pause } from "./actions/pause.ts";
import { pendingOf } from "./actions/pendingOf.ts";
import { receiptsRootOf } from "./actions/receiptsRootOf.ts";
import { receivableOf } from "./actions/receivableOf.ts";
import { releasePending } from "./actions/releasePending.ts";
import { requestExit } from "./actions/requestExit.ts";
import { waitMined } from "./actions/sendCall.ts";
import { setFeedAnswer } from "./actions/setFeedAnswer.ts";
import { settleableAmount } from "./actions/settleableAmount.ts";
import { settleBatch } from "./actions/settleBatch.ts";
import { settledEpoch } from "./actions/settledEpoch.ts";
import { tokenBalance } from "./actions/tokenBalance.ts";
import { transfer } from "./actions/transfer.ts";
import { unpause } from "./actions/unpause.ts";
import { userBalance } from "./actions/userBalance.ts";
import type { ChainClient, ClientOptions } from "./client.ts";
import { createClient } from "./client.ts";
import { readEvents } from "./events/readEvents.ts";
import { sendManaged } from "./sending/sendManaged.ts";

const actions = {
  allowance,
  approve,
  cancelExit,
  claim,
  claimTreasury,
  deposit,
  escrowState,
  exitOf,
  finishExit,
  fundTreasury,
  getBlockRef,
  getReceipt,
  latestPrice,
  owed,
  pause,
  pendingOf,
  readEvents,
  receiptsRootOf,
  receivableOf,
  releasePending,
  requestExit,
  sendManaged,
  setFeedAnswer,
  settleBatch,
  settleableAmount,
  settledEpoch,
  tokenBalance,
  transfer,
  unpause,
  userBalance,
  waitMined,
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
