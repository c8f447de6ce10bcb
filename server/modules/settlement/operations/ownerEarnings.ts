import type { Sql } from "#platform/pg";
import type { OwnerEarnings } from "../settlement.ts";

/**
 * An operator's money in three states. Settled credits come from epochs, claims from the chain; pending ones from the receipts that wait,
 * found by the partial index over them, so the history's length does not matter. Where the treasury still owes an epoch a part, that part
 * counts as claimable although the contract pays it later.
 */
export async function ownerEarnings(sql: Sql, owner: string): Promise<OwnerEarnings> {
  const payee = owner.toLowerCase();
  const [row] = await sql<{ settled: string; in_flight: string; waiting: string; claimed: string }[]>`
    SELECT
      (SELECT coalesce(sum(c.amount_wei) FILTER (WHERE e.status = 'settled'), 0) FROM settlement.epoch_credits c
        JOIN settlement.epochs e USING (epoch) WHERE c.payee = ${payee}) AS settled,
      (SELECT coalesce(sum(c.amount_wei) FILTER (WHERE e.status <> 'settled'), 0) FROM settlement.epoch_credits c
        JOIN settlement.epochs e USING (epoch) WHERE c.payee = ${payee}) AS in_flight,
      (SELECT coalesce(sum((n ->> 'amountWei')::numeric), 0) FROM settlement.receipts r, jsonb_array_elements(r.nodes) n
        WHERE r.epoch IS NULL AND n ->> 'owner' = ${payee}) AS waiting,
      (SELECT coalesce(-sum(escrow_delta_wei), 0) FROM settlement.chain_events
        WHERE wallet = ${payee} AND name = 'Claimed') AS claimed`;
  if (row === undefined) throw new Error("a select without a table gives one row");
  const { settled, in_flight, waiting, claimed } = row;
  return {
    claimed,
    claimable: (BigInt(settled) - BigInt(claimed)).toString(),
    pending: (BigInt(in_flight) + BigInt(waiting)).toString(),
  };
}
