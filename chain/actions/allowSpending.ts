import type { Address } from "viem";
import { type ChainClient, requireAccount } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { allowance } from "./allowance.ts";
import { approve } from "./approve.ts";
import { type Permit, signPermit } from "./signPermit.ts";

const permitLifetimeS = 3_600n;

type Spending = { readonly spender: Address; readonly amountWei: bigint };

async function isAllowed(client: ChainClient, { spender, amountWei }: Spending): Promise<boolean> {
  const { address: wallet } = requireAccount(client);
  return (await allowance(client, { wallet, spender })) >= amountWei;
}

/** A permit of an hour for a call that takes one, or undefined where the allowance suffices without. @throws ChainError */
export async function permitSpending(client: ChainClient, spending: Spending): Promise<Permit | undefined> {
  if (await isAllowed(client, spending)) return undefined;
  const { timestamp } = await withChainErrors(() => client.reader.getBlock());
  const nowS = BigInt(Math.floor(Date.now() / 1000));
  // The contract judges by its own clock, which may run ahead of ours.
  const deadlineS = (timestamp > nowS ? timestamp : nowS) + permitLifetimeS;
  return signPermit(client, { ...spending, deadlineS });
}

/** Approves for a call that takes no permit, unless the allowance suffices. @throws ChainError */
export async function approveSpending(client: ChainClient, spending: Spending): Promise<void> {
  if (!(await isAllowed(client, spending))) await approve(client, spending);
}
