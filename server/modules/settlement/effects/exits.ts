import type { Tx } from "#platform/pg";
import { settlementTopics } from "../events.ts";
import type { Context } from "../operations/context.ts";
import { recordFinding } from "../operations/findings.ts";
import { lockWallet, receivableAccount, thaw, walletAccount } from "../operations/wallets.ts";
import { voidVouchers } from "../vouchers/returnVouchers.ts";
import { dateOf, type Effect, lower, type Of, payOut } from "./effect.ts";

/** Freezes the wallet; what was signed for it under a lower exit counter can never be paid any more. */
export function exitRequested(context: Context, event: Of<"ExitRequested">): Effect {
  const wallet = lower(event.args.wallet);
  const { exitCounter, maturesAt, lapsesAt } = event.args;
  const payload = {
    wallet,
    exit_counter: Number(exitCounter),
    matures_at: dateOf(maturesAt).toISOString(),
    lapses_at: dateOf(lapsesAt).toISOString(),
  };
  const also = async (tx: Tx) => {
    await lockWallet(tx, wallet);
    // The chain takes a new request only once the last one has lapsed.
    await tx`UPDATE settlement.exits SET state = 'lapsed' WHERE wallet = ${wallet} AND state = 'open'`;
    await tx`
      INSERT INTO settlement.exits (wallet, counter, matures_at, lapses_at)
      VALUES (${wallet}, ${String(exitCounter)}, ${dateOf(maturesAt)}, ${dateOf(lapsesAt)})`;
    await context.ledger.setFrozen(tx, walletAccount(wallet), true);
    await voidVouchers(context, tx, { wallet, exitCounter });
    await context.outbox.publish(tx, [{ topic: settlementTopics.walletFrozen, payload }]);
  };
  return { wallet, also };
}

const endExit = (tx: Tx, end: { wallet: string; counter: bigint; state: "cancelled" | "finished" }) => tx`
  UPDATE settlement.exits SET state = ${end.state}
  WHERE wallet = ${end.wallet} AND counter = ${String(end.counter)} AND state IN ('open', 'lapsed')`;

export function exitCancelled(context: Context, event: Of<"ExitCancelled">): Effect {
  const wallet = lower(event.args.wallet);
  const also = async (tx: Tx) => {
    await endExit(tx, { wallet, counter: event.args.exitCounter, state: "cancelled" });
    await thaw(context, tx, wallet);
  };
  return { wallet, also };
}

/** The wallet is frozen since its request, so what it has free can only grow between the read and the transfer. */
export async function exitFinished(context: Context, event: Of<"ExitFinished">): Promise<Effect> {
  const wallet = lower(event.args.wallet);
  const { amount, exitCounter } = event.args;
  const { transfers, owedWei } = await payOut(context, {
    ...{ sources: [walletAccount(wallet)], receivable: receivableAccount(wallet), amountWei: amount, kind: "exit" },
  });
  const payload = { wallet, amount: amount.toString(), owed: owedWei.toString(), tx_hash: event.txHash };
  const also = async (tx: Tx) => {
    await endExit(tx, { wallet, counter: exitCounter, state: "finished" });
    if (owedWei > 0n) {
      const detail = `${wallet} was paid ${owedWei} wei that it had spent before; its next deposit pays them`;
      const key = `exit:${event.txHash}:${event.logIndex}`;
      await recordFinding(tx, { key, code: "exit_before_settlement", detail, wallet });
    }
    await thaw(context, tx, wallet);
    await context.outbox.publish(tx, [{ topic: settlementTopics.withdrawn, payload }]);
  };
  return { wallet, deltaWei: -amount, transfers, also };
}
