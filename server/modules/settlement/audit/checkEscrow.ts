import type { EscrowEvent } from "@farlabs/chain";
import { fromNumeric } from "#platform/pg";
import type { Context } from "../operations/context.ts";
import { readCursor } from "../operations/cursor.ts";
import { reconcile } from "../operations/solvency.ts";
import { ESCROW } from "../operations/wallets.ts";
import type { Finding } from "../settlement.ts";
import { type Checked, many } from "./sources.ts";

/** How many of the newest blocks are read again; a local chain keeps the logs of 10 000. */
const BLOCKS_AGAIN = 5_000n;

/** What the contract's FAR balance gains by an event, or null where nothing moves; stated apart from what applies them. */
function movedBy(event: EscrowEvent): bigint | null {
  switch (event.name) {
    case "Deposited":
    case "TreasuryFunded":
      return event.args.amount;
    case "TaskCreated":
      return event.args.estimatedCost;
    case "VoucherPaid":
    case "ExitFinished":
    case "Claimed":
    case "RootedClaimed":
    case "HoldPaid":
    case "TaskReclaimed":
    case "TreasuryClaimed":
    case "StakersPaid":
      return -event.args.amount;
    case "TaskCompleted":
      return -event.args.refundAmount;
    default:
      return null;
  }
}

/** Names for which `movedBy` gives an amount. */
const MOVING: ReadonlySet<string> = new Set([
  ...["Deposited", "TreasuryFunded", "TaskCreated", "VoucherPaid", "ExitFinished", "Claimed", "RootedClaimed"],
  ...["HoldPaid", "TaskReclaimed", "TreasuryClaimed", "StakersPaid", "TaskCompleted"],
]);

/** Confirmed events of the newest blocks against those applied. */
async function rereadEvents(
  { sql, chain }: Context,
  cursorBlock: bigint,
): Promise<{ count: number; findings: Finding[] }> {
  const fromBlock = cursorBlock > BLOCKS_AGAIN ? cursorBlock - BLOCKS_AGAIN : 0n;
  const [events, rows] = await Promise.all([
    chain.readEvents({ fromBlock, toBlock: cursorBlock }),
    sql<{ tx_hash: string; log_index: number; name: string; escrow_delta_wei: string }[]>`
      SELECT tx_hash, log_index, name, escrow_delta_wei FROM settlement.chain_events
      WHERE block_number BETWEEN ${String(fromBlock)} AND ${String(cursorBlock)}`,
  ]);
  const key = (txHash: string, logIndex: number): string => `${txHash}:${logIndex}`;
  const applied = new Map(rows.map((row) => [key(row.tx_hash, row.log_index), row]));
  const findings: Finding[] = [];
  const add = (code: string, detail: string) => findings.push({ invariant: 6, code, detail });
  let count = 0;
  for (const event of events) {
    const deltaWei = event.contract === "inferencePayment" ? movedBy(event) : null;
    if (deltaWei === null) continue;
    count += 1;
    const id = key(event.txHash, event.logIndex);
    const row = applied.get(id);
    applied.delete(id);
    if (row === undefined) add("event_not_applied", `${event.name} ${id}`);
    else if (fromNumeric(row.escrow_delta_wei) !== deltaWei) add("event_differs", `${event.name} ${id}`);
  }
  for (const [id, { name }] of applied) {
    if (MOVING.has(name)) add("event_not_on_chain", `${name} ${id}`);
  }
  return { count, findings };
}

/** Invariant 6, in total: what the contract holds, what it has booked, what the ledger owes, and the events between them. */
export async function checkEscrow(context: Context): Promise<Checked> {
  const cursor = await readCursor(context.sql);
  if (cursor === null) return { checked: "6: the chain was not read yet", findings: [] };
  const { sql, ledger } = context;
  const [{ escrow, liabilitiesWei }, again, applied, outside, last] = await Promise.all([
    reconcile(context),
    rereadEvents(context, cursor.blockNumber),
    sql<{ wei: string | null }[]>`SELECT sum(escrow_delta_wei) AS wei FROM settlement.chain_events`,
    ledger.balance(ESCROW),
    sql<{ epoch: string | null }[]>`
      SELECT max(epoch) AS epoch FROM settlement.epochs WHERE status = 'settled' AND block_number <= ${String(cursor.blockNumber)}`,
  ]);
  const findings = [...again.findings];
  const add = (code: string, detail: string) => findings.push({ invariant: 6, code, detail });
  const bookedWei = escrow.tokenBalanceWei - escrow.surplusWei;
  if (escrow.surplusWei < 0n)
    add("escrow_short", `the contract holds ${-escrow.surplusWei} wei less than it has booked`);
  if (bookedWei !== liabilitiesWei) add("escrow_differs", `contract ${bookedWei}, ledger ${liabilitiesWei} wei`);
  // Events may be applied between the two reads; the reconciliation above already is exact about that.
  const wei = fromNumeric(applied[0]?.wei);
  if (wei !== -outside.posted && (await ledger.balance(ESCROW)).posted === outside.posted) {
    add("events_differ", `applied events ${wei}, ledger ${-outside.posted} wei`);
  }
  if (escrow.blockNumber === cursor.blockNumber && escrow.epoch !== BigInt(last[0]?.epoch ?? 0)) {
    add("epoch_differs", `contract ${escrow.epoch}, database ${last[0]?.epoch ?? 0}`);
  }
  return {
    checked: `6: escrow at block ${escrow.blockNumber}, ${many(again.count, "transfer")} of recent blocks read again`,
    findings,
  };
}
