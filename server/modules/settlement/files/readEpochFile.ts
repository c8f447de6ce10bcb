import "../errors.ts";
import type { Hex } from "viem";
import { coded } from "#kernel";
import type { Sql } from "#platform/pg";
import { epochFile } from "../model/epochFile.ts";
import type { Context } from "../operations/context.ts";

interface Row {
  status: string;
  tx_hash: string;
  receipts_root: string;
  declared_wei: string;
  funded_wei: string;
  stakers_wei: string;
  treasury_wei: string;
  treasury_debit_wei: string;
  rooted_wei: string;
  payees_root: string | null;
  receipts: Buffer;
  payees: Buffer;
}

/** Leaves as they were stored, 32 bytes each. */
export function hashesOf(bytes: Buffer): Hex[] {
  const hex = bytes.toString("hex");
  return Array.from({ length: bytes.length / 32 }, (_, i): Hex => `0x${hex.slice(64 * i, 64 * (i + 1))}`);
}

async function amountsOf(sql: Sql, table: string, epoch: number): Promise<bigint[]> {
  const rows = await sql<{ amount_wei: string }[]>`
    SELECT amount_wei FROM settlement.${sql(table)} WHERE epoch = ${epoch}`;
  return rows.map((row) => BigInt(row.amount_wei));
}

/** The public file of a settled epoch; the same bytes each time. @throws epoch_not_found, epoch_not_settled */
export async function readEpochFile({ sql, chain }: Pick<Context, "sql" | "chain">, epoch: number): Promise<string> {
  const [row] = await sql<Row[]>`
    SELECT * FROM settlement.epochs JOIN settlement.epoch_leaves USING (epoch) WHERE epoch = ${epoch}`;
  if (row === undefined) throw coded("epoch_not_found");
  if (row.status !== "settled") throw coded("epoch_not_settled", { retryAfterS: 60 });
  const [debitsWei, creditsWei, holdsWei] = await Promise.all([
    amountsOf(sql, "epoch_debits", epoch),
    amountsOf(sql, "epoch_credits", epoch),
    amountsOf(sql, "epoch_holds", epoch),
  ]);
  return epochFile({
    ...{ chainId: chain.chainId, contract: chain.contracts.inferencePayment, epoch, transaction: row.tx_hash },
    ...{ receiptsRoot: row.receipts_root, receiptsLeaves: hashesOf(row.receipts) },
    declaredWei: BigInt(row.declared_wei),
    fundedWei: BigInt(row.funded_wei),
    stakersWei: BigInt(row.stakers_wei),
    treasuryWei: BigInt(row.treasury_wei),
    treasuryDebitWei: BigInt(row.treasury_debit_wei),
    ...{ debitsWei, creditsWei, holdsWei, rootedWei: BigInt(row.rooted_wei) },
    ...{ payeesRoot: row.payees_root, payeesLeaves: hashesOf(row.payees) },
  });
}
