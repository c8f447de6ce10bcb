import type { NodeEarningRow } from "@farlabs/protocol";

const COLUMNS = [
  "at_utc",
  "task_id",
  "attempt",
  "model",
  "tokens",
  "amount_wei",
  "amount_far",
  "state",
  "due_at_utc",
  "epoch",
  "transaction_hash",
  "reason",
  "explanation",
] as const;

const DECIMALS = 18;

/** Exact: wei with the point eighteen digits from the end. */
function farOf(wei: string): string {
  const digits = wei.padStart(DECIMALS + 1, "0");
  return `${digits.slice(0, -DECIMALS)}.${digits.slice(-DECIMALS)}`;
}

/** RFC 4180; a field that a spreadsheet would run as a formula is disarmed. */
function cell(value: string | number | null): string {
  const text = value === null ? "" : String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const CSV_HEAD = `${COLUMNS.join(",")}\r\n`;

/** One row; times are UTC. */
export function csvLine(row: NodeEarningRow): string {
  const cells = [
    ...[row.at, row.task_id, row.attempt, row.model, row.tokens, row.amount, farOf(row.amount), row.state],
    ...[row.due_at, row.epoch, row.transaction_hash, row.reason?.code ?? null, row.reason?.explanation ?? null],
  ];
  return `${cells.map(cell).join(",")}\r\n`;
}
