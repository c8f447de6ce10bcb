import { newId } from "#kernel";
import type { Tx } from "#platform/pg";
import { settlementTopics } from "../events.ts";
import { sweepFlow } from "../model/walletFlows.ts";
import type { Context } from "./context.ts";

export const walletAccount = (wallet: string): string => `far:wallet:${wallet}`;
export const receivableAccount = (wallet: string): string => `far:receivable:${wallet}`;
export const ESCROW = "far:escrow";
export const STAKERS = "far:pool:stakers";
export const TREASURY = "far:pool:treasury";

/** What a wallet has free and what it owes, wei. */
export async function walletState(
  { ledger }: Context,
  wallet: string,
): Promise<{ availableWei: bigint; owedWei: bigint }> {
  const [balance, receivable] = await Promise.all([
    ledger.balance(walletAccount(wallet)),
    ledger.balance(receivableAccount(wallet)),
  ]);
  return { availableWei: balance.available, owedWei: receivable.posted < 0n ? -receivable.posted : 0n };
}

/** Lets a wallet spend again, unless another exit is open or it still owes something. */
export async function thaw(context: Context, tx: Tx, wallet: string): Promise<void> {
  const [held] = await tx`
    SELECT 1 FROM settlement.exits WHERE wallet = ${wallet} AND state = 'open'
    UNION ALL SELECT 1 FROM settlement.findings WHERE wallet = ${wallet} AND resolved_at IS NULL LIMIT 1`;
  if (held !== undefined) return;
  await context.ledger.setFrozen(tx, walletAccount(wallet), false);
  await context.outbox.publish(tx, [{ topic: settlementTopics.walletThawed, payload: { wallet } }]);
}

/**
 * Wallets that owe something stay frozen; what ended tasks gave back goes to what they owe, and once that is paid the finding is closed.
 * The id of the set is fresh each time: amounts come from committed balances, and the leader alone runs this.
 */
export async function collectReceivables(context: Context): Promise<void> {
  const rows = await context.sql<{ wallet: string }[]>`
    SELECT DISTINCT wallet FROM settlement.findings WHERE wallet IS NOT NULL AND resolved_at IS NULL LIMIT 1000`;
  for (const { wallet } of rows) {
    const { availableWei, owedWei } = await walletState(context, wallet);
    const sweptWei = sweepFlow(owedWei, availableWei);
    if (sweptWei === 0n && owedWei > 0n) continue;
    await context.sql.begin(async (tx) => {
      if (sweptWei > 0n) {
        const id = newId("sweep");
        const leg = {
          debit: walletAccount(wallet),
          credit: receivableAccount(wallet),
          amount: sweptWei,
          kind: "sweep",
        };
        await context.ledger.transfer(tx, id, [{ id, ...leg }]);
      }
      if (sweptWei < owedWei) return;
      await tx`UPDATE settlement.findings SET resolved_at = now() WHERE wallet = ${wallet} AND resolved_at IS NULL`;
      await thaw(context, tx, wallet);
    });
  }
}

/** Ends exits whose time to be paid is over at the cursor's block: from then on no block can pay them. */
export async function lapseExits(context: Context): Promise<void> {
  const rows = await context.sql<{ wallet: string; counter: string }[]>`
    SELECT wallet, counter FROM settlement.exits
    WHERE state = 'open' AND lapses_at <= (SELECT block_at FROM settlement.chain_cursor) LIMIT 1000`;
  for (const { wallet, counter } of rows) {
    await context.sql.begin(async (tx) => {
      const [open] = await tx`
        UPDATE settlement.exits SET state = 'lapsed'
        WHERE wallet = ${wallet} AND counter = ${counter} AND state = 'open' RETURNING 1`;
      if (open !== undefined) await thaw(context, tx, wallet);
    });
  }
}
