/**
 * Signs money out of the escrow. One transaction sets the amount aside (wallet → voucher account) and writes the signed voucher down; whoever has it
 * may have the contract pay it, at once, to that wallet alone. States: `open` → `paid` (its event is confirmed), `expired` (a confirmed
 * block is past its expiry with the nonce unused) or `void` (an exit was requested after it); the last two give the amount back.
 */
import "../errors.ts";
import { isChainError } from "@farlabs/chain";
import type { Withdrawal } from "@farlabs/protocol";
import type { Hex } from "viem";
import { coded, newId } from "#kernel";
import type { Tx } from "#platform/pg";
import type { Context } from "../operations/context.ts";
import { haltedBy } from "../operations/findings.ts";
import { lockWallet, voucherAccount, walletAccount } from "../operations/wallets.ts";
import type { WithdrawRequest } from "../settlement.ts";
import { toView, toVoucher, type VoucherRow } from "./voucher.ts";

/** How long a voucher is good, by the chain's clock. */
export const VOUCHER_S = 3_600n;
/** Open vouchers of one wallet. */
const OPEN_MAX = 16;

interface Terms {
  exitCounter: bigint;
  expiresAt: Date;
}

/** @throws exit_open, chain_unavailable */
async function readTerms({ chain }: Context, wallet: string): Promise<Terms> {
  try {
    const [exit, head] = await Promise.all([chain.exitOf({ wallet: wallet as Hex }), chain.getBlockRef()]);
    if (head === undefined) throw coded("chain_unavailable", { retryAfterS: 5 });
    if (exit.request !== undefined && exit.request.lapsesAtS > head.timestampS) throw coded("exit_open");
    return { exitCounter: exit.counter, expiresAt: new Date(Number(head.timestampS + VOUCHER_S) * 1000) };
  } catch (error) {
    if (!isChainError(error)) throw error;
    throw coded("chain_unavailable", { retryAfterS: 5, internal: error.message, cause: error });
  }
}

/**
 * Under the wallet's lock, and on its own connection alone: whoever waits here must not need a second one that others like it hold.
 * @throws exit_open, wallet_frozen, too_many_withdrawals
 */
async function checkWallet(tx: Tx, wallet: string): Promise<bigint> {
  const [row] = await tx<{ leaving: boolean; owing: boolean; open: string; last: string | null }[]>`
    SELECT EXISTS (SELECT 1 FROM settlement.exits WHERE wallet = ${wallet} AND state = 'open') AS leaving,
      EXISTS (SELECT 1 FROM settlement.findings WHERE wallet = ${wallet} AND resolved_at IS NULL) AS owing,
      (SELECT count(*) FROM settlement.vouchers WHERE wallet = ${wallet} AND state = 'open') AS open,
      (SELECT max(nonce) FROM settlement.vouchers WHERE wallet = ${wallet}) AS last`;
  if (row === undefined) throw new Error("a select without a table gives one row");
  if (row.leaving) throw coded("exit_open");
  if (row.owing)
    throw coded("wallet_frozen", { message: "This wallet owes the escrow something; a deposit pays it first." });
  if (Number(row.open) >= OPEN_MAX) throw coded("too_many_withdrawals", { retryAfterS: 600 });
  return BigInt(row.last ?? -1) + 1n;
}

async function store(context: Context, tx: Tx, accountId: string, row: VoucherRow): Promise<VoucherRow> {
  const { chain, signer, ledger } = context;
  const [debit, credit] = [walletAccount(row.wallet), voucherAccount(row.wallet)];
  const amount = BigInt(row.amount_wei);
  await ledger.transfer(tx, row.id, [{ id: row.id, debit, credit, amount, kind: "withdrawal" }]);
  const signature = await chain.signVoucher({ voucher: toVoucher(row), signer });
  await tx`
    INSERT INTO settlement.vouchers (id, account_id, wallet, amount_wei, nonce, exit_counter, expires_at, signature, created_at)
    VALUES (${row.id}, ${accountId}, ${row.wallet}, ${row.amount_wei}, ${row.nonce}, ${row.exit_counter}, ${row.expires_at},
      ${signature}, ${row.created_at})`;
  return { ...row, signature };
}

/**
 * Sets aside and signs. Vouchers are refused while settlement has stopped; exits never are.
 * @throws wallet_not_linked, exit_open, wallet_frozen, insufficient_funds, too_many_withdrawals, withdrawals_stopped, chain_unavailable
 */
export async function withdraw(context: Context, request: WithdrawRequest): Promise<Withdrawal> {
  const { sql, clock } = context;
  const { principal, amountWei } = request;
  const wallet = request.wallet.toLowerCase();
  if (!principal.wallets.includes(wallet)) throw coded("wallet_not_linked");
  if ((await haltedBy(sql)) !== null) throw coded("withdrawals_stopped", { retryAfterS: 60 });
  const { exitCounter, expiresAt } = await readTerms(context, wallet);
  const row = (await sql.begin(async (tx) => {
    await lockWallet(tx, wallet);
    const nonce = await checkWallet(tx, wallet);
    return store(context, tx, principal.accountId, {
      ...{ id: newId("wd"), wallet, amount_wei: String(amountWei), nonce: String(nonce) },
      ...{ exit_counter: String(exitCounter), expires_at: expiresAt, signature: "", state: "open" },
      ...{ created_at: new Date(clock.now()), closed_at: null, tx_hash: null },
    });
  })) as VoucherRow;
  await context.crashPoint("voucher.stored");
  return toView(row);
}
