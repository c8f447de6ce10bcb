import { expect, it } from "vitest";
import { createAttempts, KEEP_FINISHED_MAX, KEEP_FINISHED_MS } from "./attempts.ts";

const end = (taskId: string) => ({ type: "fail", taskId, attempt: 1, code: "aborted", message: "" }) as const;

it("keeps ended attempts for a minute, in number and size bounded, and running ones always", () => {
  let now = 0;
  const attempts = createAttempts(() => now);
  const running = attempts.open({ taskId: "running", attempt: 1 }, () => undefined);
  const finish = (taskId: string, chars: number) => {
    const attempt = attempts.open({ taskId, attempt: 1 }, () => undefined);
    attempts.append(attempt, { index: 0, delta: { content: "x".repeat(chars) } });
    attempts.finish(attempt, end(taskId));
  };
  for (let i = 0; i < KEEP_FINISHED_MAX + 10; i += 1) finish(`t${i}`, 1);
  expect(attempts.refs()).toHaveLength(KEEP_FINISHED_MAX + 1);
  expect(attempts.get("t9")).toBeUndefined();
  expect(attempts.get("t10")).toBeDefined();
  for (let i = 0; i < 20; i += 1) finish(`big${i}`, 8_000_000);
  expect(attempts.refs().length).toBeLessThan(12);
  expect(attempts.get("big19")).toBeDefined();
  now = KEEP_FINISHED_MS + 1;
  expect(attempts.refs()).toEqual([{ taskId: "running", attempt: 1 }]);
  expect(running.abort.signal.aborted).toBe(false);
  expect(attempts.running()).toBe(1);
});

it("frees a slot once, however an attempt ends", () => {
  const attempts = createAttempts();
  let freed = 0;
  const open = (attempt: number) =>
    attempts.open({ taskId: "t", attempt }, () => {
      freed += 1;
    });
  const first = open(1);
  expect(attempts.finish(first, end("t"))).toBe(true);
  expect(attempts.finish(first, end("t"))).toBe(false);
  const second = open(2);
  open(3);
  expect(attempts.finish(second, end("t"))).toBe(false);
  attempts.abortAll();
  expect(freed).toBe(3);
});

it("says so when chunks are asked for that are no longer kept, or were never sent", () => {
  const attempts = createAttempts();
  for (const taskId of ["gone", "ahead"]) {
    const attempt = attempts.open({ taskId, attempt: 1 }, () => undefined);
    for (let i = 0; i < 5; i += 1)
      attempts.append(attempt, { index: 0, delta: { content: "x".repeat(taskId === "gone" ? 5_000_000 : 1) } });
  }
  const frames = attempts.resume([
    { taskId: "gone", attempt: 1, nextSeq: 0 },
    { taskId: "ahead", attempt: 1, nextSeq: 9 },
  ]);
  expect(frames).toEqual([
    expect.objectContaining({ type: "fail", taskId: "gone" }),
    expect.objectContaining({ type: "fail", taskId: "ahead" }),
  ]);
});
