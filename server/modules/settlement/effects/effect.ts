import type { EscrowEvent } from "@farlabs/chain";
import type { Transfer } from "#ledger";
import type { Tx } from "#platform/pg";
import { outFlow } from "../model/walletFlows.ts";
import type { Context } from "../operations/context.ts";
import type { NewFinding } from "../operations/findings.ts";
import { availableOf, ESCROW } from "../operations/wallets.ts";

/** What an event does; `deltaWei` is what the escrow's FAR balance gained. */
export interface Effect {
  wallet?: string;
  deltaWei?: bigint;
  /** Of a claim by root: whose root. */
  epoch?: bigint;
  transfers?: Omit<Transfer, "id">[];
  /** Runs in the event's transaction, after the transfers. */
  also?: (tx: Tx) => Promise<void>;
}

export type Of<Name extends EscrowEvent["name"]> = Extract<EscrowEvent, { name: Name }>;

/** A finding of one event, which stops everything until a person has looked. */
export const halt = ({ txHash, logIndex }: EscrowEvent, code: string, detail: string): NewFinding => ({
  ...{ key: `${code}:${txHash}:${logIndex}`, code, detail, severity: "halt" },
});

export const lower = (address: string): string => address.toLowerCase();
export const dateOf = (seconds: bigint): Date => new Date(Number(seconds) * 1000);

/**
 * The transfers of money that left the contract, or went `to` another account: from `sources` as far as they have it free, the rest from `receivable`. Balances read here can
 * only grow until the transfer, or the transfer fails and the event is applied again.
 */
export async function payOut(
  context: Context,
  out: { sources: readonly string[]; receivable: string; amountWei: bigint; kind: string; to?: string },
): Promise<{ transfers: Omit<Transfer, "id">[]; owedWei: bigint }> {
  const { sources, receivable, amountWei, kind, to = ESCROW } = out;
  const free = await Promise.all(sources.map((account) => availableOf(context, account)));
  const { debitedWei, owedWei } = outFlow(free, amountWei);
  const from = (debit: string, amount: bigint) => ({ debit, credit: to, amount, kind });
  return {
    transfers: [...sources.map((debit, i) => from(debit, debitedWei[i] ?? 0n)), from(receivable, owedWei)],
    owedWei,
  };
}
