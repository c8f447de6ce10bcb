import type { Tx } from "#platform/pg";
import { type Mirrored, type MovingEvent, mirror } from "./model/mirror.ts";
import { isStakeEvent, type RegistryEvent } from "./registryEvent.ts";

interface StakeRow {
  stake: string;
  unbonding: string;
  withdrawable_at: Date | null;
}
interface Pair {
  owner: string;
  hash: string;
}
const pairOf = (args: { owner: string; node: string }): Pair => ({
  owner: args.owner.toLowerCase(),
  hash: args.node.toLowerCase(),
});

/** Applied in chain order, under the row's lock. */
async function move(tx: Tx, event: MovingEvent): Promise<Pair> {
  const { owner, hash } = pairOf(event.args);
  await tx`insert into nodes.stakes (owner_address, node_hash) values (${owner}, ${hash}) on conflict do nothing`;
  const [row] = await tx<StakeRow[]>`
    select stake, unbonding, withdrawable_at from nodes.stakes where owner_address = ${owner} and node_hash = ${hash} for update`;
  const before: Mirrored = {
    stakeWei: BigInt(row?.stake ?? 0),
    unbondingWei: BigInt(row?.unbonding ?? 0),
    withdrawableAtMs: row?.withdrawable_at?.getTime() ?? null,
  };
  const after = mirror(before, event);
  const at = after.withdrawableAtMs === null ? null : new Date(after.withdrawableAtMs);
  await tx`
    update nodes.stakes set stake = ${after.stakeWei.toString()}, unbonding = ${after.unbondingWei.toString()},
      withdrawable_at = ${at}
    where owner_address = ${owner} and node_hash = ${hash}`;
  return { owner, hash };
}

async function unlock(tx: Tx, id: bigint): Promise<Pair | null> {
  const [row] = await tx<{ owner_address: string; node_hash: string }[]>`
    delete from nodes.slash_locks where slash_id = ${id.toString()} returning owner_address, node_hash`;
  return row === undefined ? null : { owner: row.owner_address, hash: row.node_hash };
}

/**
 * Mirrors one event of the node registry in the listener's transaction.
 * @returns the node whose stake changed, or null
 */
export async function applyRegistry(tx: Tx, event: RegistryEvent): Promise<Pair | null> {
  if (!isStakeEvent(event)) return null;
  switch (event.name) {
    case "SlashProposed": {
      const { owner, hash } = pairOf(event.args);
      await tx`
        insert into nodes.slash_locks (slash_id, owner_address, node_hash, amount)
        values (${event.args.id.toString()}, ${owner}, ${hash}, ${event.args.amount.toString()}) on conflict do nothing`;
      return { owner, hash };
    }
    case "SlashCancelled":
      return unlock(tx, event.args.id);
    case "AppealResolved":
      // An appeal that was refused leaves the slash to be executed.
      return event.args.upheld ? unlock(tx, event.args.id) : null;
    case "Slashed":
      await unlock(tx, event.args.id);
      return move(tx, event);
    default:
      return move(tx, event);
  }
}
