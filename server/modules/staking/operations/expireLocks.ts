import { isChainError } from "@farlabs/chain";
import type { Address } from "viem";
import type { Sql } from "#platform/pg";
import type { Context } from "./context.ts";

/** Any constant: one process at a time per database. */
const LOCK = 7_216_012;
const DAY_MS = 86_400_000;
/** Mined one after the other; the rest is for the next round. */
const ROUND_MAX = 5;
/** An expiry that was sent is confirmed and mirrored by then; sent again it would be refused before it costs anything. */
const HEARD_MS = 3_600_000;
/** Blocks run behind our clock. */
const BEHIND_MS = 60_000;

interface Due {
  position_id: string;
  wallet: Address;
}

/** Locks that are over and still count for more than their amount, the heaviest first, so that dust never keeps one that matters waiting. */
async function readDue(sql: Sql, { nowMs, dailyMax }: { nowMs: number; dailyMax: number }): Promise<readonly Due[]> {
  const [today] = await sql<{ sent: number }[]>`
    select count(*)::int as sent from staking.expiries where sent_at > ${new Date(nowMs - DAY_MS)}`;
  return sql<Due[]>`
    select r.position_id::text as position_id, r.wallet from staking.staking_records r
    left join staking.expiries e on e.position_id = r.position_id and e.sent_at > ${new Date(nowMs - HEARD_MS)}
    where r.status = 'active' and r.weight > r.amount and r.unlock_at <= ${new Date(nowMs - BEHIND_MS)} and e.position_id is null
    order by r.weight - r.amount desc, r.position_id limit ${Math.max(0, Math.min(ROUND_MAX, dailyMax - (today?.sent ?? 0)))}`;
}

/** @returns how many locks lost their extra weight @throws ChainError and what the RPC throws */
export async function expireLocks(context: Context): Promise<number> {
  const { chain, config, clock, log } = context;
  return (await context.sql.begin(async (begun) => {
    const sql = begun as unknown as Sql;
    const [row] = await sql<{ won: boolean }[]>`select pg_try_advisory_xact_lock(${LOCK}) as won`;
    if (row?.won !== true) return 0;
    const nowMs = clock.now();
    const due = await readDue(sql, { nowMs, dailyMax: config.STAKING_EXPIRE_DAILY_MAX });
    let expired = 0;
    for (const { position_id, wallet } of due) {
      await sql`insert into staking.expiries (position_id, sent_at) values (${position_id}, ${new Date(nowMs)})`;
      try {
        const { hash } = await chain.expireLock({ user: wallet, positionId: BigInt(position_id) });
        log.info("a lock that is over lost its extra weight", { positionId: position_id, txHash: hash });
        expired += 1;
      } catch (error) {
        // Its holder, or anybody else, came first.
        if (!isChainError(error) || error.code !== "chain_reverted") throw error;
      }
    }
    return expired;
  })) as number;
}
