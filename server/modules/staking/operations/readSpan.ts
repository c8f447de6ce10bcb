import type { RevenueEpoch } from "@farlabs/protocol";
import { fromNumeric, type Sql, type Tx } from "#platform/pg";
import type { Span } from "../model/realised.ts";

const EPOCHS_MAX = 30;

interface EpochRow {
  epoch: string;
  amount: string;
  received_at: Date;
  tx_hash: string;
  block_number: string;
}

export interface History {
  span: Span;
  from: Date | null;
  to: Date;
  /** Newest first. */
  epochs: RevenueEpoch[];
}

const toEpoch = (row: EpochRow): RevenueEpoch => ({
  epoch: Number(row.epoch),
  amount: row.amount,
  received_at: row.received_at.toISOString(),
  transaction_hash: row.tx_hash,
  block: row.block_number,
});

/**
 * The last 30 arrivals up to a moment, from the arrival before them on. The span ends at the moment, not at the last arrival: when revenue
 * dries up, the rate falls.
 */
export async function readSpan(sql: Sql | Tx, to: Date): Promise<History> {
  const rows = await sql<EpochRow[]>`
    select epoch, amount::text, received_at, tx_hash, block_number::text from staking.revenue_epochs
    where received_at <= ${to} order by epoch desc limit ${EPOCHS_MAX + 1}`;
  const from = rows.at(-1)?.received_at ?? null;
  const counted = rows.slice(0, -1);
  const revenueWei = counted.reduce((sum, row) => sum + BigInt(row.amount), 0n);
  if (from === null) {
    return { span: { epochs: 0, revenueWei, spanS: 0, stakeSeconds: 0n, weightSeconds: 0n }, from, to, epochs: [] };
  }
  const [sums] = await sql<{ stake: string | null; weight: string | null }[]>`
    select sum(amount * seconds)::text as stake, sum(weight * seconds)::text as weight from (
      select amount, weight, extract(epoch from least(coalesce(until_at, ${to}), ${to}) - greatest(from_at, ${from}))::bigint as seconds
      from staking.weight_spans where from_at < ${to} and (until_at is null or until_at > ${from})
    ) as counted`;
  return {
    span: {
      ...{ epochs: counted.length, revenueWei, spanS: Math.floor((to.getTime() - from.getTime()) / 1_000) },
      ...{ stakeSeconds: fromNumeric(sums?.stake), weightSeconds: fromNumeric(sums?.weight) },
    },
    ...{ from, to, epochs: counted.map(toEpoch) },
  };
}
