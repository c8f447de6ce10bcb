import { coded } from "#kernel";
import { fromNumeric, type Tx } from "#platform/pg";
import type { Transfer } from "../ledger.ts";
import { assetOf, hasFloor, isHot, shortOf } from "../model/account.ts";
import { formatAmount } from "../model/amount.ts";
import { createChanges } from "../model/changes.ts";
import { digestOfSet } from "../model/digest.ts";
import { appendUnfolded, openAccounts, updateAccounts } from "../sql/changeAccounts.ts";
import { insertTransfers } from "../sql/insertTransfers.ts";
import { type AccountRow, lockAccounts } from "../sql/lockAccounts.ts";
import { foldAccounts } from "./fold.ts";

function check(transfers: readonly Transfer[]): void {
  const ids = new Set(transfers.map((t) => t.id));
  if (ids.size !== transfers.length) throw new Error("two transfers of a set have the same id");
  for (const t of transfers) {
    if (t.amount <= 0n) throw new Error(`transfer ${t.id} moves ${t.amount}`);
    if (t.debit === t.credit || assetOf(t.debit) !== assetOf(t.credit))
      throw new Error(`transfer ${t.id} goes from ${t.debit} to ${t.credit}`);
    if (t.kind === "charge") throw new Error("charges are made by posting a reservation");
  }
}

async function known(tx: Tx, setId: string, digest: string): Promise<boolean> {
  const [row] = await tx<
    { same: boolean }[]
  >`SELECT digest = ${digest}::uuid AS same FROM ledger.transfer_sets WHERE id = ${setId}`;
  if (row !== undefined && !row.same) throw coded("id_reused", { internal: `transfer set ${setId}` });
  return row !== undefined;
}

/** In sequence, so that a set may pass money on that it brought itself. @throws insufficient_funds, spend_cap_reached */
function checkFloors(transfers: readonly Transfer[], available: Map<string, bigint>): void {
  for (const t of transfers) {
    const held = available.get(t.debit) ?? 0n;
    if (hasFloor(t.debit) && held < t.amount) {
      const asset = assetOf(t.debit);
      const message = `This needs ${formatAmount(asset, t.amount)}, and ${formatAmount(asset, held)} is available.`;
      throw coded(shortOf(t.debit), { message, internal: `transfer ${t.id} from ${t.debit}` });
    }
    available.set(t.debit, held - t.amount);
    available.set(t.credit, (available.get(t.credit) ?? 0n) + t.amount);
  }
}

/**
 * One atomic set of direct transfers. Of hot accounts only those debited against a floor are locked, and folded first, since what was
 * appended to them counts.
 * @throws id_reused, insufficient_funds, spend_cap_reached — before anything is written, so the caller's transaction stays usable
 */
export async function transfer(tx: Tx, setId: string, transfers: readonly Transfer[]): Promise<{ replayed: boolean }> {
  check(transfers);
  const digest = digestOfSet(transfers);
  if (await known(tx, setId, digest)) return { replayed: true };
  const drained = new Set(transfers.map((t) => t.debit).filter((account) => isHot(account) && hasFloor(account)));
  const cold = transfers.flatMap((t) => [t.debit, t.credit]).filter((account) => !isHot(account));
  if (drained.size > 0) await foldAccounts(tx, [...drained], cold);
  const rows = (await lockAccounts(tx, [...new Set([...cold, ...drained])], [])) as unknown as AccountRow[];
  // While we waited for the locks, another process may have made this very set.
  if (await known(tx, setId, digest)) return { replayed: true };
  checkFloors(transfers, new Map(rows.map((row) => [row.id, fromNumeric(row.available)])));

  const changes = createChanges();
  for (const t of transfers) changes.move(t);
  const exists = new Set(rows.map((row) => row.id));
  const { known: present, fresh } = changes.cold((account) => exists.has(account));
  // A drained account is written at once: appending its debit would let its row go below what is left.
  const hot = changes.hot();
  const direct = [...present, ...hot.filter((change) => drained.has(change.account))];
  const appended = hot.filter((change) => !drained.has(change.account));
  const lines = transfers.map((t, line) => ({ ...t, cause: setId, line }));
  await Promise.all([
    tx`INSERT INTO ledger.transfer_sets (id, digest) VALUES (${setId}, ${digest}::uuid)`,
    lines.length > 0 ? insertTransfers(tx, lines) : null,
    direct.length > 0 ? updateAccounts(tx, direct) : null,
    fresh.length > 0 ? openAccounts(tx, fresh) : null,
    appended.length > 0 ? appendUnfolded(tx, appended) : null,
  ]);
  return { replayed: false };
}

/** Freezes or thaws; an account that nothing reached yet is opened, so that the freeze holds for what will. */
export async function setFrozen(tx: Tx, account: string, frozen: boolean): Promise<void> {
  await tx`
    INSERT INTO ledger.accounts AS a (id, asset, floored, frozen)
    VALUES (${account}, ${assetOf(account)}, ${hasFloor(account)}, ${frozen})
    ON CONFLICT (id) DO UPDATE SET frozen = excluded.frozen
    WHERE a.frozen <> excluded.frozen`;
}
