/**
 * One confirmed event of the staking contract, mirrored in the listener's transaction. A position is `active` from `Staked`; without a lock
 * it is `unbonding` from `UnstakeRequested` (earns nothing); `withdrawn` from `Unstaked`. Times are those of the block.
 */
import type { StakingEvent } from "@farlabs/chain";
import { coded } from "#kernel";
import type { Tx } from "#platform/pg";
import "../errors.ts";
import { stakingTopics } from "../events.ts";
import { attribute } from "../model/attribute.ts";
import { realisedRate } from "../model/realised.ts";
import type { Context } from "./context.ts";
import { readSpan } from "./readSpan.ts";

type Of<Name extends StakingEvent["name"]> = Extract<StakingEvent, { name: Name }>;

const lower = (address: string): string => address.toLowerCase();
const seconds = (s: bigint): Date => new Date(Number(s) * 1_000);

async function blockTime({ chain }: Context, event: StakingEvent): Promise<Date> {
  const block = await chain.getBlockRef({ number: event.blockNumber });
  // The listener tries again: a node that lost the block will have it, or another one, then.
  if (block === undefined) throw coded("staking_unavailable", { internal: `block ${event.blockNumber} is not there` });
  return seconds(block.timestampS);
}

async function closeSpan(tx: Tx, positionId: bigint, at: Date): Promise<void> {
  await tx`update staking.weight_spans set until_at = ${at} where position_id = ${String(positionId)} and until_at is null`;
}

async function staked(context: Context, tx: Tx, event: Of<"Staked">): Promise<void> {
  const { user, positionId, amount, lockDays, weight, unlockAt } = event.args;
  const wallet = lower(user);
  const at = await blockTime(context, event);
  const { span } = await readSpan(tx, at);
  const { byLockPpm } = realisedRate(span, context.config.STAKING_APY_SPAN_S_MIN);
  const rate = byLockPpm?.[String(lockDays)]?.toString() ?? null;
  const [fresh] = await tx`
    insert into staking.staking_records
      (position_id, wallet, user_id, amount, weight, lock_period_days, apy_at_stake, staked_at, unlock_at, staked_tx_hash)
    values (${String(positionId)}, ${wallet}, ${await context.accountOf(wallet)}, ${String(amount)}, ${String(weight)}, ${lockDays},
      ${rate}, ${at}, ${unlockAt === 0n ? null : seconds(unlockAt)}, ${event.txHash})
    on conflict do nothing returning 1`;
  if (fresh === undefined) return;
  await tx`
    insert into staking.weight_spans (position_id, wallet, amount, weight, from_at)
    values (${String(positionId)}, ${wallet}, ${String(amount)}, ${String(weight)}, ${at})`;
}

async function unstakeRequested(context: Context, tx: Tx, event: Of<"UnstakeRequested">): Promise<void> {
  const { positionId, withdrawableAt } = event.args;
  await closeSpan(tx, positionId, await blockTime(context, event));
  await tx`
    update staking.staking_records set status = 'unbonding', weight = 0, unlock_at = ${seconds(withdrawableAt)}
    where position_id = ${String(positionId)} and status = 'active'`;
}

async function unstaked(context: Context, tx: Tx, event: Of<"Unstaked">): Promise<void> {
  const { positionId } = event.args;
  const at = await blockTime(context, event);
  await closeSpan(tx, positionId, at);
  await tx`
    update staking.staking_records set status = 'withdrawn', weight = 0, withdrawn_at = ${at}, withdrawn_tx_hash = ${event.txHash}
    where position_id = ${String(positionId)} and status <> 'withdrawn'`;
}

async function lockExpired(context: Context, tx: Tx, event: Of<"LockExpired">): Promise<void> {
  const { positionId, weight } = event.args;
  const at = await blockTime(context, event);
  const [changed] = await tx`
    update staking.staking_records set weight = ${String(weight)}
    where position_id = ${String(positionId)} and status = 'active' and weight <> ${String(weight)} returning 1`;
  if (changed === undefined) return;
  await closeSpan(tx, positionId, at);
  await tx`
    insert into staking.weight_spans (position_id, wallet, amount, weight, from_at)
    select position_id, wallet, amount, weight, ${at} from staking.staking_records where position_id = ${String(positionId)}`;
}

/** What each position of the wallet counted for since its last claim, oldest first. */
async function earnedSince(tx: Tx, wallet: string, at: Date): Promise<{ positionId: string; weightSeconds: bigint }[]> {
  const rows = await tx<{ position_id: string; weight_seconds: string }[]>`
    with since as (select coalesce(max(claimed_at), '-infinity') as at from staking.claims where wallet = ${wallet})
    select position_id::text, sum(weight * greatest(0, extract(epoch from
      least(coalesce(until_at, ${at}), ${at}) - greatest(from_at, since.at)))::bigint)::text as weight_seconds
    from staking.weight_spans, since where wallet = ${wallet} and (until_at is null or until_at >= since.at)
    group by position_id order by weight_spans.position_id`;
  return rows.map((row) => ({ positionId: row.position_id, weightSeconds: BigInt(row.weight_seconds) }));
}

async function rewardsClaimed(context: Context, tx: Tx, event: Of<"RewardsClaimed">): Promise<void> {
  const { user, revenueAmount, baseAmount } = event.args;
  const { txHash, logIndex } = event;
  const wallet = lower(user);
  const at = await blockTime(context, event);
  const earned = await earnedSince(tx, wallet, at);
  const [fresh] = await tx`
    insert into staking.claims (tx_hash, log_index, wallet, revenue, base, claimed_at)
    values (${txHash}, ${logIndex}, ${wallet}, ${String(revenueAmount)}, ${String(baseAmount)}, ${at})
    on conflict do nothing returning 1`;
  if (fresh === undefined) return;
  for (const { positionId, amountWei } of attribute(revenueAmount + baseAmount, earned)) {
    if (amountWei === 0n) continue;
    await tx`
      update staking.staking_records set rewards_earned = rewards_earned + ${String(amountWei)}::numeric where position_id = ${positionId}`;
  }
  const payload = {
    ...{ wallet, revenue: String(revenueAmount), base: String(baseAmount), rate: context.rate8()?.toString() ?? null },
    ...{ tx_hash: txHash, log_index: logIndex, at: at.toISOString() },
  };
  await context.outbox.publish(tx, [{ topic: stakingTopics.rewardsClaimed, payload }]);
}

async function revenueReceived(context: Context, tx: Tx, event: Of<"RevenueReceived">): Promise<void> {
  const { amount, streamEndsAt } = event.args;
  await tx`
    insert into staking.revenue_epochs (tx_hash, log_index, block_number, amount, stream_ends_at, received_at)
    values (${event.txHash}, ${event.logIndex}, ${String(event.blockNumber)}, ${String(amount)}, ${seconds(streamEndsAt)},
      ${await blockTime(context, event)})
    on conflict do nothing`;
}

/** @throws ChainError, staking_unavailable while the block cannot be read */
export async function applyEvent(context: Context, tx: Tx, event: StakingEvent): Promise<void> {
  switch (event.name) {
    case "Staked":
      return staked(context, tx, event);
    case "UnstakeRequested":
      return unstakeRequested(context, tx, event);
    case "Unstaked":
      return unstaked(context, tx, event);
    case "LockExpired":
      return lockExpired(context, tx, event);
    case "RewardsClaimed":
      return rewardsClaimed(context, tx, event);
    case "RevenueReceived":
      return revenueReceived(context, tx, event);
    // Parameters, roles and the reserve are read from the chain when somebody asks.
    default:
      return;
  }
}
