import type { Task } from "@farlabs/sdk";
import { expect, it } from "vitest";
import { noColours } from "../terminal/terminal.ts";
import { explainTask } from "./task.ts";

const task: Task = {
  ...{ task_id: "task_1", model: "m", kind: "chat", status: "completed", node_id: "node_b", max_tokens: 100 },
  ...{ prompt_tokens: 10, tokens_generated: 21, quote: "2000000000000000", cost_far: "62000000000000", cost_usd: "7" },
  ...{ asset: "FAR", cost_vcu: null },
  ...{
    finish_reason: "stop",
    error: null,
    created_at: "2026-01-01T00:00:00Z",
    started_at: null,
    completed_at: "2026-01-01T00:00:02Z",
  },
  timings: { queued_ms: 5, first_token_ms: 1_000, total_ms: 2_000 },
  attempts: [
    {
      ...{ attempt: 1, node_id: "node_a", status: "partial", tokens: 8, paid: "14000000000000", reason: "node_lost" },
      ...{ started_at: "", first_token_ms: 20, ended_at: null },
    },
    {
      ...{ attempt: 2, node_id: "node_b", status: "delivered", tokens: 13, paid: "23000000000000", reason: null },
      ...{ started_at: "", first_token_ms: 30, ended_at: null },
    },
  ],
};
const text = (changes: Partial<Task>): string => explainTask({ ...task, ...changes }, noColours).join("\n");

it("tells what was paid in credits as such", () => {
  const paid = text({ asset: "VCU", cost_vcu: "12" });
  expect(paid).toContain("0.0012 VCU for 10 prompt + 21 output tokens");
  expect(paid).toContain("FAR reserved, put up by the treasury");
});

it("tells time, charge and every attempt of a task that failed over", () => {
  expect(text({})).toMatch(/queued 5 ms, first token after 1.0 s, in all 2.0 s, 20 tokens\/s: 2 nodes were tried/);
  expect(text({})).toMatch(
    /0.000062 FAR for 10 prompt \+ 21 output tokens \(\$0.000007 at list\); of at most 0.002 FAR/,
  );
  expect(text({})).toMatch(/#1 {2}node_a {2}partial .* 8 tokens .*paid 0.000014 FAR {2}node_lost/);
});

it("says that a lone node came back, not that there were two", () => {
  const attempts = task.attempts.map((attempt) => ({ ...attempt, node_id: "node_a" }));
  expect(text({ attempts })).toMatch(/its node was tried 2 times/);
});

it("says why nothing was charged, and where the time went", () => {
  const refused = {
    status: "failed" as const,
    tokens_generated: 0,
    cost_far: "0",
    attempts: [],
    error: { code: "no_node", message: "No node." },
  };
  expect(text(refused)).toMatch(/failed: No node. \(no_node\)/);
  expect(text(refused)).toMatch(/nothing, since nothing was delivered/);
  expect(text(refused)).toMatch(/no node took it/);
  expect(text({ status: "cancelled" })).toMatch(/delivered before it was cancelled/);
  expect(text({ timings: { queued_ms: 1_900, first_token_ms: 1_950, total_ms: 2_000 } })).toMatch(
    /most of it waiting for a free slot/,
  );
  expect(text({ completed_at: null })).toMatch(/charged {2}not yet/);
});

it("shows a node's words without letting them act", () => {
  expect(text({ error: { code: "x", message: "\u001b[31mred" } })).not.toContain("\u001b");
});
