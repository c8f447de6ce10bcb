import { newId, WEI_PER_FAR } from "#kernel";
import type { Sql, Tx } from "#platform/pg";
import { accountIds } from "../model/accountIds.ts";
import { balances } from "./balances.ts";
import { transfer } from "./transfer.ts";

/** What the float is filled to: what some thousand tasks at once set aside. */
const SLICE_WEI = 1_000n * WEI_PER_FAR;

/** What the treasury is known to have outside, wei; null where that is not known. */
export type TreasuryFree = () => Promise<bigint | null>;

/**
 * One transfer from the treasury's pool when the float has less than half a slice free. Two processes at once fill it twice, which moves
 * nothing out of the treasury. Never filled beyond what `treasuryFree` says: tasks must not be begun on money that could not be settled.
 * @throws insufficient_funds when another took the pool meanwhile; the next call looks anew
 */
export async function refillFloat(sql: Sql, treasuryFree: TreasuryFree = async () => null): Promise<void> {
  const [float, pool] = await balances(sql, [accountIds.float, accountIds.treasury]);
  const freeWei = float?.available ?? 0n;
  const poolWei = pool?.available ?? 0n;
  if (freeWei * 2n >= SLICE_WEI || poolWei <= 0n) return;
  const knownWei = (await treasuryFree()) ?? SLICE_WEI;
  const wantedWei = (knownWei < SLICE_WEI ? knownWei : SLICE_WEI) - freeWei;
  if (wantedWei <= 0n) return;
  const amount = wantedWei < poolWei ? wantedWei : poolWei;
  const id = newId("float");
  await sql.begin((tx) =>
    transfer(tx as unknown as Tx, id, [
      { id, debit: accountIds.treasury, credit: accountIds.float, amount, kind: "float" },
    ]),
  );
}
