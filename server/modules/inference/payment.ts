import type { Principal } from "#identity";
import { accountIds, type PostLeg, type ReserveLeg } from "#ledger";
import type { Bill } from "./bill.ts";
import type { Quote } from "./model/quote.ts";

/** What pays for a task. */
export interface Payment {
  asset: "FAR" | "VCU";
  /** As the receipt names who pays the wei: a wallet, `treasury`, or `task:0x…`. */
  payer: string;
  /** Account of the wei that are divided among operators, stakers and treasury. */
  weiAccount: string;
  /** Account of a VCU payer's credits, spent beside the wei. */
  vcuAccount: string | null;
  /** Key's spend cap, in micro-dollars. */
  capAccount: string | null;
}

const CHECK: Payment = {
  asset: "FAR",
  payer: "treasury",
  weiAccount: accountIds.float,
  vcuAccount: null,
  capAccount: null,
};

export const treasuryPayment = (): Payment => CHECK;
export const walletPayment = (wallet: string, { capAccount }: Pick<Principal, "capAccount">): Payment => ({
  asset: "FAR",
  payer: wallet,
  weiAccount: accountIds.wallet(wallet),
  vcuAccount: null,
  capAccount,
});
export const vcuPayment = ({ accountId, capAccount }: Pick<Principal, "accountId" | "capAccount">): Payment => ({
  asset: "VCU",
  payer: "treasury",
  weiAccount: accountIds.float,
  vcuAccount: accountIds.credits(accountId),
  capAccount,
});
export const onchainPayment = (onchainTask: string, { capAccount }: Pick<Principal, "capAccount">): Payment => ({
  asset: "FAR",
  payer: `task:${onchainTask}`,
  weiAccount: accountIds.task(onchainTask),
  vcuAccount: null,
  capAccount,
});

/** What a payment sets aside: at most `most`; where the balance is short, down to `least`. Credits come first, since they decide. */
export function reserveLegs(payment: Payment, most: Quote, least: Quote): ReserveLeg[] {
  const shrinks = least.wei < most.wei;
  const leg = (account: string, amount: bigint, amountMin: bigint): ReserveLeg => ({
    account,
    amount,
    ...(shrinks ? { amountMin } : {}),
  });
  const legs: ReserveLeg[] = [];
  if (payment.vcuAccount !== null) legs.push(leg(payment.vcuAccount, most.vcu, least.vcu));
  legs.push(leg(payment.weiAccount, most.wei, least.wei));
  if (payment.capAccount !== null) legs.push(leg(payment.capAccount, most.micro, least.micro));
  return legs;
}

/** What was set aside, by unit. */
export interface Reserved {
  wei: bigint;
  vcu: bigint | null;
  micro: bigint | null;
}

/** Reads the amounts of {@link reserveLegs} in its order. */
export function reservedOf(payment: Payment, amounts: readonly bigint[]): Reserved {
  const rest = [...amounts];
  const vcu = payment.vcuAccount === null ? null : (rest.shift() ?? 0n);
  const wei = rest.shift() ?? 0n;
  return { wei, vcu, micro: payment.capAccount === null ? null : (rest.shift() ?? 0n) };
}

/** Where the money of a charged task goes, leg by leg. */
export function postLegs(payment: Payment, bill: Bill): PostLeg[] {
  const { split } = bill;
  if (split === null) return [];
  const to = [
    ...split.nodes.map((n) => ({ account: n.account, amount: n.amountWei })),
    { account: accountIds.stakers, amount: split.stakersWei },
    { account: accountIds.treasury, amount: split.treasuryWei },
  ];
  const legs: PostLeg[] = [{ account: payment.weiAccount, to: to.filter((t) => t.amount > 0n) }];
  if (payment.vcuAccount !== null && bill.chargeVcu > 0n)
    legs.push({ account: payment.vcuAccount, to: [{ account: accountIds.creditsSpent, amount: bill.chargeVcu }] });
  if (payment.capAccount !== null && bill.chargeMicro > 0n)
    legs.push({ account: payment.capAccount, to: [{ account: accountIds.capSpent, amount: bill.chargeMicro }] });
  return legs;
}
