import type { FarChain } from "@farlabs/chain";
import type { FarClient } from "@farlabs/sdk";
import type { LocalAccount } from "viem";
import type { Context } from "../args/command.ts";
import { CliError } from "../errors.ts";
import { formatFar } from "../format/far.ts";
import { confirm } from "../terminal/confirm.ts";
import { GAS_MAX, gasCost } from "./gas.ts";
import { submitVoucher } from "./submitVoucher.ts";
import { walletSession } from "./walletSession.ts";
import { openWithdrawal, signedVoucherOf } from "./withdrawals.ts";

export interface VoucherWithdrawal {
  chain: FarChain;
  wallet: LocalAccount;
  /** Null: all that can be withdrawn. */
  askedWei: bigint | null;
  isYes: boolean;
}

/** What the ledger lets the wallet take. @throws CliError `nothing_there`, `insufficient_funds` */
async function amountOf(client: FarClient, { wallet, askedWei }: VoucherWithdrawal): Promise<bigint> {
  const { address } = wallet;
  const own = (await client.balances.list()).find((b) => b.wallet?.toLowerCase() === address.toLowerCase());
  const availableWei = BigInt(own?.available ?? "0");
  if (availableWei === 0n)
    throw new CliError("funds", "nothing_there", { message: `The ledger holds nothing of ${address} to withdraw.` });
  const wantedWei = askedWei ?? availableWei;
  if (wantedWei <= availableWei) return wantedWei;
  throw new CliError("funds", "insufficient_funds", {
    message: `${formatFar(availableWei)} FAR of ${address} can be withdrawn, not ${formatFar(wantedWei)}.`,
    hint: "What running tasks hold comes back when they end; far balance shows it.",
  });
}

/** Has the network sign, submits what it signed, and says what was paid. @throws CliError, FarApiError, ChainError */
export async function withdrawByVoucher(context: Context, options: VoucherWithdrawal): Promise<void> {
  const { terminal, isJson, signal } = context;
  const { chain, wallet, isYes } = options;
  const { address } = wallet;
  const client = await walletSession(context, wallet);
  const open = await openWithdrawal(client, { wallet: address, signal });
  const amountWei = open === null ? await amountOf(client, options) : BigInt(open.amount);
  if (open !== null)
    terminal.note(`A voucher over ${formatFar(amountWei)} FAR is signed and not paid yet; this goes on with it.`);
  terminal.note(
    `${formatFar(amountWei)} FAR go from the escrow to ${address} at once: the network sets them aside and signs a voucher good for an hour, your wallet submits it. Gas: at most about ${await gasCost(chain, GAS_MAX.withdraw)}, paid by the wallet.`,
  );
  if (!isYes) await confirm(terminal, "Go on?");
  const withdrawal = open ?? (await client.withdrawals.create({ wallet: address, amount: `${amountWei}` }, { signal }));
  const { voucher, signature } = signedVoucherOf(withdrawal, address);
  const onProgress = (line: string): void => terminal.note(terminal.noteStyle.dim(line));
  const mined = await submitVoucher(chain, { voucher, signature, signal, onProgress });
  const done = {
    id: withdrawal.id,
    wallet: address,
    paid: voucher.amountWei.toString(),
    transaction: mined?.hash ?? null,
  };
  terminal.out(isJson ? JSON.stringify(done) : `${formatFar(voucher.amountWei)} FAR were paid to ${address}.`);
}
