import { newId } from "#kernel";
import { accountIds, type Transfer } from "#ledger";
import { type Tx, textArray } from "#platform/pg";
import { settlementTopics } from "../events.ts";
import { outFlow } from "../model/walletFlows.ts";
import type { Context } from "./context.ts";

/** Ledger accounts by the names that settlement uses. */
export const {
  wallet: walletAccount,
  receivable: receivableAccount,
  voucher: voucherAccount,
  owner: ownerAccount,
  held: heldAccount,
  task: taskAccount,
  escrow: ESCROW,
  stakers: STAKERS,
  treasury: TREASURY,
  float: FLOAT,
} = accountIds;
/**
 * What the chain paid out of these beyond what the ledger has of them. An owner's is not its wallet's receivable, which that pays out of its
 * next deposit.
 */
export const ownerOwes = (owner: string): string => receivableAccount(`owner:${owner}`);
export const STAKERS_OWE = receivableAccount("stakers");
export const TREASURY_OWES = receivableAccount("treasury");
/** Payer of checks and of tasks paid in compute credit, as receipts name it. */
export const TREASURY_PAYER = "treasury";

/** What an account has free, never below zero, wei. */
export const availableOf = async ({ ledger }: Pick<Context, "ledger">, account: string): Promise<bigint> => {
  const { available } = await ledger.balance(account);
  return available > 0n ? available : 0n;
};

/** What somebody owes on a receivable account, wei. */
export const owedOn = async ({ ledger }: Pick<Context, "ledger">, account: string): Promise<bigint> => {
  const { posted } = await ledger.balance(account);
  return posted < 0n ? -posted : 0n;
};

/** What a wallet has free and what it owes, wei. */
export async function walletState(
  context: Context,
  wallet: string,
): Promise<{ availableWei: bigint; owedWei: bigint }> {
  const [availableWei, owedWei] = await Promise.all([
    availableOf(context, walletAccount(wallet)),
    owedOn(context, receivableAccount(wallet)),
  ]);
  return { availableWei, owedWei };
}

/** One at a time a wallet: a withdrawal is signed, an exit is noted. */
export const lockWallet = (tx: Tx, wallet: string): Promise<unknown> =>
  tx`SELECT pg_advisory_xact_lock(hashtextextended(${walletAccount(wallet)}, 0))`;

/** Lets a wallet spend again, unless another exit is open or it still owes something. */
export async function thaw(context: Context, tx: Tx, wallet: string): Promise<void> {
  const [held] = await tx`
    SELECT 1 FROM settlement.exits WHERE wallet = ${wallet} AND state = 'open'
    UNION ALL SELECT 1 FROM settlement.findings WHERE wallet = ${wallet} AND resolved_at IS NULL LIMIT 1`;
  if (held !== undefined) return;
  await context.ledger.setFrozen(tx, walletAccount(wallet), false);
  await context.outbox.publish(tx, [{ topic: settlementTopics.walletThawed, payload: { wallet } }]);
}

/** Ids of such a set are fresh each time: amounts come from committed balances, and the leader alone runs these. */
async function move(context: Context, tx: Tx, transfers: readonly Omit<Transfer, "id">[]): Promise<void> {
  const moved = transfers.filter((t) => t.amount > 0n);
  if (moved.length === 0) return;
  const id = newId("sweep");
  await context.ledger.transfer(
    tx,
    id,
    moved.map((t, i) => ({ ...t, id: `${id}:${i}` })),
  );
}

/** Of one round. */
const DEBTORS_MAX = 1_000;

/** Those that were not looked at for the longest time; where they are more than a round takes, those behind them come next. */
async function readDebtors({ sql, clock }: Context, max: number): Promise<string[]> {
  const rows = await sql<{ wallet: string }[]>`
    SELECT wallet FROM settlement.findings WHERE wallet IS NOT NULL AND resolved_at IS NULL
    GROUP BY wallet ORDER BY min(checked_at) NULLS FIRST, min(found_at) LIMIT ${max}`;
  const wallets = rows.map((row) => row.wallet);
  if (wallets.length === max) {
    await sql`
      UPDATE settlement.findings SET checked_at = ${new Date(clock.now())}
      WHERE wallet = ANY(${textArray(wallets)}::text[]) AND resolved_at IS NULL`;
  }
  return wallets;
}

/**
 * Wallets that owe something stay frozen; what ended tasks gave back goes to what they owe, and once that is paid the finding is closed.
 */
export async function collectReceivables(context: Context, max = DEBTORS_MAX): Promise<void> {
  for (const wallet of await readDebtors(context, max)) {
    const { availableWei, owedWei } = await walletState(context, wallet);
    const amount = owedWei - outFlow([availableWei], owedWei).owedWei;
    if (amount === 0n && owedWei > 0n) continue;
    await context.sql.begin(async (tx) => {
      const [debit, credit] = [walletAccount(wallet), receivableAccount(wallet)];
      await move(context, tx, [{ debit, credit, amount, kind: "sweep" }]);
      if (amount < owedWei) return;
      await tx`UPDATE settlement.findings SET resolved_at = now() WHERE wallet = ${wallet} AND resolved_at IS NULL`;
      await thaw(context, tx, wallet);
    });
  }
}

/**
 * What tasks give back that still ran when their money left the chain: it is their user's, and pays what that owes first; the treasury's where
 * that stood in.
 */
export async function sweepTasks(context: Context): Promise<void> {
  const rows = await context.sql<{ id: string; wallet: string; stood_in: boolean }[]>`
    SELECT id, wallet, stood_in FROM settlement.chain_tasks WHERE leftover LIMIT 1000`;
  for (const { id, wallet, stood_in } of rows) {
    const { available: amount, reserved } = await context.ledger.balance(taskAccount(id));
    if (amount === 0n && reserved > 0n) continue;
    await context.sql.begin(async (tx) => {
      const credit = stood_in ? TREASURY : walletAccount(wallet);
      await move(context, tx, [{ debit: taskAccount(id), credit, amount, kind: "sweep" }]);
      if (reserved === 0n) await tx`UPDATE settlement.chain_tasks SET leftover = false WHERE id = ${id}`;
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
