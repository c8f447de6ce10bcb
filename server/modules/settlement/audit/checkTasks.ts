import { fromNumeric, type Sql, textArray } from "#platform/pg";
import type { Finding } from "../settlement.ts";
import { type AuditSources, type Checked, many, type TaskFact } from "./sources.ts";

const PAGE = 1_000;
const TRIES = 3;

async function chargesOf(sql: Sql, ids: readonly string[]): Promise<Map<string, bigint>> {
  const rows = await sql<{ task_id: string; charge_wei: string }[]>`
    SELECT task_id, charge_wei FROM settlement.receipts WHERE task_id = ANY(${textArray(ids)}::text[])`;
  return new Map(rows.map((row) => [row.task_id, fromNumeric(row.charge_wei)]));
}

function flawsOf(task: TaskFact, receiptWei: bigint | undefined): Finding[] {
  const { taskId, terminal, reservedWei, chargedWei } = task;
  const findings: Finding[] = [];
  const add = (code: string, detail: string) => findings.push({ invariant: 2, code, detail: `${taskId}: ${detail}` });
  if (chargedWei > reservedWei) add("charged_above_reserve", `${chargedWei} of ${reservedWei} wei`);
  if (!terminal && receiptWei !== undefined) add("receipt_of_running_task", `${receiptWei} wei`);
  if (terminal && (receiptWei ?? 0n) !== chargedWei)
    add("receipt_differs", `charge ${chargedWei}, receipt ${receiptWei ?? "none"}`);
  return findings;
}

/** A task that ends between the two reads looks wrong once; only what stays wrong is a finding. */
async function checkPage(
  sql: Sql,
  read: () => Promise<TaskFact[]>,
): Promise<{ tasks: TaskFact[]; receipts: number; findings: Finding[] }> {
  for (let tries = 1; ; tries += 1) {
    const tasks = await read();
    const charges = await chargesOf(
      sql,
      tasks.map((t) => t.taskId),
    );
    const findings = tasks.flatMap((task) => flawsOf(task, charges.get(task.taskId)));
    if (findings.length === 0 || tries === TRIES) return { tasks, receipts: charges.size, findings };
  }
}

/** Invariants 2 and 3 across modules: each charged task has exactly its receipt, each receipt its task. */
export async function checkTasks(sql: Sql, sources: AuditSources): Promise<Checked> {
  const { tasks: readTasks, inference } = sources;
  if (readTasks === undefined) return { checked: "2, 3: tasks not connected, nothing compared", findings: [] };
  const findings: Finding[] = [...((await inference?.()) ?? [])];
  const [{ count } = { count: "0" }] = await sql<
    { count: string }[]
  >`SELECT count(*) AS count FROM settlement.receipts`;
  let after: string | null = null;
  let seen = 0;
  let receipts = 0;
  for (;;) {
    const from: string | null = after;
    const page = await checkPage(sql, () => readTasks(from, PAGE));
    findings.push(...page.findings);
    seen += page.tasks.length;
    receipts += page.receipts;
    const last = page.tasks.at(-1);
    if (last === undefined) break;
    after = last.taskId;
  }
  // Counted before the tasks were read, so those that came meanwhile cannot hide a lost one.
  if (receipts < Number(count)) {
    findings.push({
      invariant: 2,
      code: "receipt_without_task",
      detail: `${Number(count) - receipts} receipts have no task`,
    });
  }
  return { checked: `2, 3: ${many(seen, "task")} against ${many(receipts, "receipt")}`, findings };
}
