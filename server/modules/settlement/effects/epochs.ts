import type { Transfer } from "#ledger";
import type { Tx } from "#platform/pg";
import { settlementTopics } from "../events.ts";
import type { Context } from "../operations/context.ts";
import { recordFinding } from "../operations/findings.ts";
import { ESCROW, heldAccount, ownerAccount, ownerOwes } from "../operations/wallets.ts";
import { carry } from "./carried.ts";
import { dateOf, type Effect, lower, type Of, payOut } from "./effect.ts";

/** The oracle's key did what we did not prepare: somebody else holds it, or this database is older than the chain. Everything stops. */
const foreign = (tx: Tx, key: string, detail: string): Promise<void> =>
  recordFinding(tx, { key, code: "foreign_epoch", detail, severity: "halt" });

async function nodesOf(tx: Tx, epoch: bigint): Promise<Record<string, string>> {
  const rows = await tx<{ node_id: string; wei: string }[]>`
    SELECT node_id, sum(amount_wei) AS wei FROM settlement.epoch_nodes WHERE epoch = ${String(epoch)} GROUP BY node_id`;
  return Object.fromEntries(rows.map((row) => [row.node_id, row.wei]));
}

/** What the treasury could not fund of held earnings is carried on chain as the owner's, and so it is here. */
async function releaseUnheld(context: Context, tx: Tx, epoch: bigint): Promise<void> {
  const rows = await tx<{ node_id: string; owner: string; wei: string }[]>`
    SELECT node_id, owner, amount_wei - paid_wei - refused_wei AS wei FROM settlement.epoch_holds
    WHERE epoch = ${String(epoch)} AND amount_wei > paid_wei + refused_wei ORDER BY node_key, owner`;
  const setId = `epoch:${epoch}:unheld`;
  const transfers = rows.map(
    (row, i): Transfer => ({
      ...{ id: `${setId}:${i}`, debit: heldAccount(row.node_id), credit: ownerAccount(row.owner) },
      ...{ amount: BigInt(row.wei), kind: "unheld" },
    }),
  );
  if (transfers.length > 0) await context.ledger.transfer(tx, setId, transfers);
}

/** A confirmed `BatchSettled` ends the epoch in flight. */
export function batchSettled(context: Context, event: Of<"BatchSettled">): Effect {
  const { epoch, receiptsRoot, taskCount, declaredAmount, fundedAmount } = event.args;
  const also = async (tx: Tx) => {
    const [row] = await tx`
      UPDATE settlement.epochs SET status = 'settled', funded_wei = ${String(fundedAmount)}, tx_hash = ${event.txHash},
        block_number = ${String(event.blockNumber)}, settled_at = ${new Date(context.clock.now())}
      WHERE epoch = ${String(epoch)} AND receipts_root = ${receiptsRoot} AND declared_wei = ${String(declaredAmount)}
        AND status <> 'settled' RETURNING 1`;
    if (row === undefined) {
      const detail = `epoch ${epoch} with root ${receiptsRoot} was settled in ${event.txHash}, but is not ours`;
      return foreign(tx, `epoch:${epoch}`, detail);
    }
    await releaseUnheld(context, tx, epoch);
    const amounts = { declared: declaredAmount.toString(), funded: fundedAmount.toString() };
    const nodes = await nodesOf(tx, epoch);
    const payload = { epoch: Number(epoch), tasks: taskCount, ...amounts, tx_hash: event.txHash, nodes };
    await context.outbox.publish(tx, [{ topic: settlementTopics.epochSettled, payload }]);
  };
  return { epoch, also };
}

/**
 * Held earnings reached the registry, or were refused by it and are the owner's to claim. The node is found by the hash of its id, in the
 * epoch that we prepared.
 */
export async function held(context: Context, event: Of<"HoldPaid"> | Of<"HoldRefused">): Promise<Effect> {
  const { node, epoch, amount } = event.args;
  const owner = lower(event.args.owner);
  const isPaid = event.name === "HoldPaid";
  const at = context.sql`epoch = ${String(epoch)} AND node_key = ${node} AND owner = ${owner}`;
  const [row] = await context.sql<{ node_id: string }[]>`
    SELECT node_id FROM settlement.epoch_holds WHERE ${at} AND paid_wei + refused_wei + ${String(amount)}::numeric <= amount_wei`;
  const deltaWei = isPaid ? -amount : 0n;
  if (row === undefined) {
    const detail = `epoch ${epoch} held ${amount} wei for node ${node} of ${owner}, which is not ours`;
    const out = { sources: [], receivable: ownerOwes(owner), amountWei: -deltaWei, kind: "stake" };
    const { transfers } = await payOut(context, out);
    const also = (tx: Tx) => foreign(tx, `hold:${event.txHash}:${event.logIndex}`, detail);
    return { wallet: owner, deltaWei, transfers, also };
  }
  const debit = heldAccount(row.node_id);
  return {
    ...{ wallet: owner, deltaWei, epoch },
    transfers: [{ debit, credit: isPaid ? ESCROW : ownerAccount(owner), amount, kind: isPaid ? "stake" : "unheld" }],
    async also(tx) {
      const column = isPaid ? tx`paid_wei = paid_wei` : tx`refused_wei = refused_wei`;
      await tx`UPDATE settlement.epoch_holds SET ${column} + ${String(amount)}::numeric
        WHERE epoch = ${String(epoch)} AND node_key = ${node} AND owner = ${owner}`;
    },
  };
}

export function rootPublished(event: Of<"RootPublished">): Effect {
  const { epoch, payeesRoot, claimableAt } = event.args;
  const also = async (tx: Tx) => {
    const [row] = await tx`
      UPDATE settlement.epochs SET claimable_at = ${dateOf(claimableAt)}
      WHERE epoch = ${String(epoch)} AND payees_root = ${payeesRoot} RETURNING 1`;
    if (row === undefined)
      await foreign(tx, `root:${epoch}`, `epoch ${epoch} published the payees root ${payeesRoot}, which is not ours`);
  };
  return { epoch, also };
}

/** Whoever disputes a root of ours says that our books are wrong: a person looks before anything else is settled. */
export function rootDisputed(event: Of<"RootDisputed">): Effect {
  const { epoch } = event.args;
  const also = async (tx: Tx) => {
    await tx`UPDATE settlement.epochs SET disputed = true WHERE epoch = ${String(epoch)}`;
    const detail = `the payees root of epoch ${epoch} was disputed; once resolved, the next epoch publishes it anew`;
    await recordFinding(tx, { key: `disputed:${epoch}`, code: "root_disputed", detail, severity: "halt" });
  };
  return { epoch, also };
}

/**
 * A debit was clamped to what the wallet still had on chain. The ledger has known since the exit that took it out (the wallet's
 * receivable); here it is noted which epoch met it, and whether the treasury could stand in.
 */
export function shortfall(context: Context, event: Of<"DebitShortfall"> | Of<"ShortfallCovered">): Effect {
  const { epoch, shortfallAmount } = event.args;
  const also = async (tx: Tx) => {
    if (event.name === "ShortfallCovered") {
      const { coveredAmount } = event.args;
      if (coveredAmount === shortfallAmount) return;
      const detail = `epoch ${epoch}: the treasury covered ${coveredAmount} of ${shortfallAmount} wei; credits wait`;
      await recordFinding(tx, { key: `treasury:${epoch}`, code: "treasury_short", detail });
      return;
    }
    const wallet = lower(event.args.wallet);
    await tx`
      UPDATE settlement.epoch_debits SET shortfall_wei = ${String(shortfallAmount)}
      WHERE epoch = ${String(epoch)} AND wallet = ${wallet}`;
    await carry(tx, event, { what: "receivable", address: wallet, wei: shortfallAmount });
    const detail = `epoch ${epoch}: ${wallet} had ${shortfallAmount} wei less than it had spent`;
    await recordFinding(tx, { key: `shortfall:${epoch}:${wallet}`, code: "debit_clamped", detail, wallet });
    const payload = { wallet, epoch: Number(epoch), shortfall: shortfallAmount.toString() };
    await context.outbox.publish(tx, [{ topic: settlementTopics.debitClamped, payload }]);
  };
  return { epoch, also };
}
