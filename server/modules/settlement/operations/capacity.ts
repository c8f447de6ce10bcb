import { inferencePaymentAbi } from "@farlabs/chain";
import { fromNumeric, type Sql } from "#platform/pg";
import { settleable12h } from "../model/capacity.ts";
import { chainCall } from "./chainCall.ts";
import type { Context } from "./context.ts";

const DAY_MS = 86_400_000;

/** Caps of the contract, basis points; immutable. @throws ChainError */
export async function readCaps({ chain }: Context): Promise<{ epochCapBps: number; dayCapBps: number }> {
  const at = { address: chain.contracts.inferencePayment, abi: inferencePaymentAbi } as const;
  const [epochCapBps, dayCapBps] = await Promise.all([
    chainCall(chain.reader.readContract({ ...at, functionName: "epochCapBps" })),
    chainCall(chain.reader.readContract({ ...at, functionName: "dayCapBps" })),
  ]);
  return { epochCapBps, dayCapBps };
}

/** Ten calls to the RPC: not at every look at the chain, but at once when an epoch was settled since, or when it would hold up admission. */
const REFRESH_MS = 10_000;

async function isFresh(sql: Sql, nowMs: number): Promise<boolean> {
  const [row] = await sql<{ read_at: Date; settled: boolean }[]>`
    SELECT read_at, EXISTS (SELECT 1 FROM settlement.epochs WHERE settled_at >= read_at) AS settled FROM settlement.capacity`;
  if (row === undefined || row.settled || (await isBacklogged(sql))) return false;
  const ageMs = nowMs - row.read_at.getTime();
  return ageMs >= 0 && ageMs < REFRESH_MS;
}

/** Reads what the caps can settle in 12 h and writes it down for every process. @throws ChainError */
export async function refreshCapacity(context: Context): Promise<void> {
  const { sql, chain, clock, config } = context;
  const nowMs = clock.now();
  if (await isFresh(sql, nowMs)) return;
  const today = new Date(nowMs - (nowMs % DAY_MS));
  const [caps, state, moved] = await Promise.all([
    readCaps(context),
    chain.escrowState(),
    sql<{ wei: string | null }[]>`SELECT sum(declared_wei) AS wei FROM settlement.epochs WHERE settled_at >= ${today}`,
  ]);
  const settleable = settleable12h({
    ...caps,
    movableWei: state.usersWei + state.treasuryWei,
    movedTodayWei: fromNumeric(moved[0]?.wei),
    epochIntervalMs: config.SETTLEMENT_EPOCH_INTERVAL_S * 1000,
    nowMs,
  });
  await sql`
    INSERT INTO settlement.capacity (settleable_12h_wei, pending_credits_wei, read_at)
    VALUES (${String(settleable)}, ${String(state.pendingWei)}, ${new Date(nowMs)})
    ON CONFLICT (one) DO UPDATE SET settleable_12h_wei = excluded.settleable_12h_wei,
      pending_credits_wei = excluded.pending_credits_wei, read_at = excluded.read_at`;
  if (state.pendingWei === 0n) {
    await sql`UPDATE settlement.findings SET resolved_at = now() WHERE code = 'treasury_short' AND resolved_at IS NULL`;
  }
}

/** Charges that no confirmed epoch covers, wei. */
export async function unsettledWei(sql: Sql): Promise<bigint> {
  const [row] = await sql<{ wei: string }[]>`
    SELECT (SELECT coalesce(sum(charge_wei), 0) FROM settlement.nettable)
      + (SELECT coalesce(sum(declared_wei), 0) FROM settlement.epochs WHERE status <> 'settled') AS wei`;
  return fromNumeric(row?.wei);
}

/**
 * Whether admission has to wait: more is spent than the caps settle in 12 h, the treasury owes credits, or settlement has stopped. A chain
 * whose capacity was never read holds nobody up.
 */
export async function isBacklogged(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ backlog: boolean }[]>`
    SELECT coalesce((SELECT pending_credits_wei > 0 OR settleable_12h_wei <
        (SELECT coalesce(sum(charge_wei), 0) FROM settlement.nettable)
        + (SELECT coalesce(sum(declared_wei), 0) FROM settlement.epochs WHERE status <> 'settled')
      FROM settlement.capacity), false)
    OR EXISTS (SELECT 1 FROM settlement.findings WHERE severity = 'halt' AND resolved_at IS NULL) AS backlog`;
  return row?.backlog ?? false;
}
