import { expect, test } from "vitest";
import type { Entry, Tx } from "#platform/pg";
import { type FinishRow, type TaskPart, taskContributor } from "./rows.ts";

const row: FinishRow = {
  ...{ taskId: "task_1", createdAtMs: 0, nodeId: "node_1", status: "completed", promptTokens: 1, tokensGenerated: 1 },
  ...{ costFar: 1n, costUsd: 1n, costVcu: null, finishReason: "stop", errorCode: null, errorMessage: null },
  ...{ attempts: [], unpaid: [], startedAtMs: 0, completedAtMs: 1, queuedMs: 0, firstTokenMs: 0, responseMs: 1 },
};
const unpaid = {
  ...{ nodeId: "node_1", taskId: "task_1", attempt: 1, model: "m", reason: "refused", bytes: 0 },
  ...{ startedAtMs: 0, endedAtMs: 1 },
};
const statements = (...rows: FinishRow[]): number => {
  const entries = rows.map((r) => ({ part: { kind: "finish", row: r } }) as unknown as Entry<TaskPart>);
  return taskContributor().write((() => ({})) as unknown as Tx, entries).length;
};

test("tasks whose attempts were all paid cost one statement a batch; those that were not, one more for all of them", () => {
  expect(statements(row, row, row)).toBe(1);
  expect(statements(row, { ...row, unpaid: [unpaid] }, { ...row, unpaid: [unpaid, unpaid] })).toBe(2);
});
