import type { Sql } from "#platform/pg";
import type { PendingReceipt } from "../model/selectReceipts.ts";
import { TREASURY_PAYER } from "./wallets.ts";

interface PendingRow {
  task_id: string;
  payer: string;
  leaving: boolean;
  charge_wei: string;
  stakers_wei: string;
  treasury_wei: string;
  nodes: { nodeId: string; owner: string; amountWei: string; held?: boolean }[];
}

const toPending = (row: PendingRow): PendingReceipt => ({
  taskId: row.task_id,
  wallet: row.payer === TREASURY_PAYER ? null : row.payer,
  chargeWei: BigInt(row.charge_wei),
  stakersWei: BigInt(row.stakers_wei),
  treasuryWei: BigInt(row.treasury_wei),
  nodes: row.nodes.map(({ nodeId, owner, amountWei, held = false }) => ({
    ...{ nodeId, owner: owner.toLowerCase(), held },
    amountWei: BigInt(amountWei),
  })),
});

/** Of wallets, the most urgent first: those that leave, then by their oldest receipt. Only whole wallets but for the first. */
async function readWallets(sql: Sql, limits: { payersMax: number; tasksMax: number }): Promise<PendingRow[]> {
  const { payersMax, tasksMax } = limits;
  const rows = await sql<PendingRow[]>`
    WITH payers AS (
      SELECT payer, min(created_at) AS oldest, EXISTS (
        SELECT 1 FROM settlement.exits e WHERE e.wallet = payer AND e.state = 'open') AS leaving
      FROM settlement.nettable WHERE payer <> ${TREASURY_PAYER} GROUP BY payer
      ORDER BY leaving DESC, oldest, payer LIMIT ${payersMax * 2})
    SELECT r.task_id, payer, p.leaving, r.charge_wei, r.stakers_wei, r.treasury_wei, r.nodes
    FROM settlement.nettable r JOIN payers p USING (payer)
    ORDER BY p.leaving DESC, p.oldest, payer, r.created_at, r.task_id LIMIT ${tasksMax + 1}`;
  const first = rows[0]?.payer;
  const cut = rows.length > tasksMax ? rows.at(-1)?.payer : undefined;
  // The last wallet may go on beyond the limit.
  return cut === undefined || cut === first ? rows.slice(0, tasksMax) : rows.filter((r) => r.payer !== cut);
}

const readTreasury = (sql: Sql, tasksMax: number): Promise<PendingRow[]> => sql<PendingRow[]>`
  SELECT task_id, payer, false AS leaving, charge_wei, stakers_wei, treasury_wei, nodes
  FROM settlement.nettable WHERE payer = ${TREASURY_PAYER} ORDER BY created_at, task_id LIMIT ${tasksMax}`;

/**
 * What waits, in the order in which an epoch takes it: wallets that leave, then in every other epoch half an epoch of what the treasury
 * pays, then the other wallets; in the epochs between, the treasury comes last. So neither can starve the other.
 */
export async function readPending(
  sql: Sql,
  limits: { payersMax: number; tasksMax: number; treasuryFirst: boolean },
): Promise<PendingReceipt[]> {
  const { payersMax, tasksMax, treasuryFirst } = limits;
  const share = treasuryFirst ? Math.ceil(tasksMax / 2) : tasksMax;
  const [wallets, treasury] = await Promise.all([readWallets(sql, { payersMax, tasksMax }), readTreasury(sql, share)]);
  const urgent = treasuryFirst ? wallets.filter((row) => row.leaving) : wallets;
  return [...urgent, ...treasury, ...wallets.slice(urgent.length)].map(toPending);
}
