import type { NodeEarningRow } from "@farlabs/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coded, systemClock } from "#kernel";
import { createEarnings, type EarnedPart, type Mark, type UnpaidAttempt } from "./index.ts";
import { reasonCodes, reasonOf } from "./model/reasons.ts";

const isBefore = (row: Mark, mark: Mark | null): boolean =>
  mark === null ||
  row.atMs < mark.atMs ||
  (row.atMs === mark.atMs && (row.taskId < mark.taskId || (row.taskId === mark.taskId && row.attempt < mark.attempt)));
const newerFirst = (a: Mark, b: Mark): number => (isBefore(a, b) ? 1 : -1);

function earningsOf(earned: EarnedPart[], unpaid: UnpaidAttempt[]) {
  const sum = (parts: EarnedPart[]): bigint => parts.reduce((n, p) => n + p.amountWei, 0n);
  return createEarnings({
    clock: systemClock,
    nodes: {
      async info(accountId) {
        if (accountId !== "owner") throw coded("not_found");
        return { owner_address: "0xabc" } as never;
      },
    },
    sources: {
      earned: async (_, p) =>
        earned
          .filter((e) => isBefore(e, p.before))
          .toSorted(newerFirst)
          .slice(0, p.limit),
      unpaid: async (_, p) =>
        unpaid
          .filter((e) => isBefore(e, p.before))
          .toSorted(newerFirst)
          .slice(0, p.limit),
      unpaidCounts: async () => [{ reason: "idle_timeout", attempts: unpaid.length }],
      owner: async () => ({
        ...{ claimed: "0", claimable: "0", pending: "0", held: "0", next_epoch_at: "2023-11-14T22:23:20.000Z" },
        nodes: [
          {
            ...{ node_id: "node", paid: "0", held_pending: "0" },
            claimable: String(sum(earned.filter((e) => e.txHash !== null && !e.held))),
            pending: String(sum(earned.filter((e) => e.txHash === null))),
            held: String(sum(earned.filter((e) => e.txHash !== null && e.held))),
          },
        ],
      }),
    },
  });
}

const part = (more: Partial<EarnedPart> = {}): EarnedPart => ({
  ...{ taskId: "task_a", attempt: 1, atMs: 1_700_000_000_000, model: "far-mini", tokens: 10, amountWei: 5n },
  ...{ held: false, epoch: null, txHash: null },
  ...more,
});

const marks = fc.uniqueArray(
  fc.record({
    atMs: fc.integer({ min: 0, max: 5 }),
    id: fc.integer({ min: 0, max: 9 }),
    attempt: fc.integer({ min: 1, max: 3 }),
  }),
  { selector: (m) => `${m.id} ${m.attempt}`, maxLength: 30 },
);

describe("rows", () => {
  it("come page by page, newest first, each once, whatever the page's size", async () => {
    await fc.assert(
      fc.asyncProperty(marks, fc.integer({ min: 1, max: 7 }), async (all, limit) => {
        const mark = (m: (typeof all)[number]): Mark => ({ atMs: m.atMs, taskId: `task_${m.id}`, attempt: m.attempt });
        const paid = all.filter((m) => m.attempt !== 2).map((m) => part(mark(m)));
        const unpaid = all
          .filter((m) => m.attempt === 2)
          .map((m) => ({ ...mark(m), model: "m", reason: "idle_timeout" }));
        const earnings = earningsOf(paid, unpaid);
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await earnings.rows("owner", "node", { limit, ...(cursor === undefined ? {} : { cursor }) });
          seen.push(...page.data.map((r) => `${Date.parse(r.at)} ${r.task_id} ${r.attempt}`));
          cursor = page.next_cursor ?? undefined;
        } while (cursor !== undefined);
        expect(seen).toEqual(
          all
            .map(mark)
            .sort(newerFirst)
            .map((m) => `${m.atMs} ${m.taskId} ${m.attempt}`),
        );
      }),
    );
  });

  it("say how each amount stands, and why another earned nothing", async () => {
    const earnings = earningsOf(
      [
        part({ atMs: 4 }),
        part({ atMs: 3, epoch: 7, txHash: "0x1" }),
        part({ atMs: 2, epoch: 7, txHash: "0x1", held: true }),
      ],
      [{ taskId: "task_b", attempt: 1, atMs: 1, model: "far-mini", reason: "first_token_timeout" }],
    );
    const { data } = await earnings.rows("owner", "node", { limit: 10 });
    expect(data.map((r) => r.state)).toEqual(["pending", "settled", "held", "unpaid"]);
    expect(data[0]?.due_at).toBe("2023-11-14T22:23:20.000Z");
    expect(data[3]?.reason).toMatchObject({
      code: "first_token_timeout",
      actor: "node",
      remedy: expect.stringContaining("--slots"),
    });
    const summary = await earnings.summary("owner", "node");
    expect(summary).toMatchObject({ earned: "15", claimable: "5", pending: "5", held: "5" });
    expect(summary.unpaid[0]).toMatchObject({ code: "idle_timeout", attempts: 1 });
  });

  it("are the owner's alone, and refuse a foreign cursor", async () => {
    const earnings = earningsOf([], []);
    await expect(earnings.rows("stranger", "node", { limit: 1 })).rejects.toMatchObject({ code: "not_found" });
    await expect(earnings.csv("stranger", "node")).rejects.toMatchObject({ code: "not_found" });
    await expect(earnings.rows("owner", "node", { limit: 1, cursor: "1;drop" })).rejects.toMatchObject({
      code: "invalid_request",
    });
  });
});

it("writes CSV that adds up, quotes what needs it and runs no formula", async () => {
  const evil = '=HYPERLINK("http://x")';
  const rows = Array.from({ length: 1_200 }, (_, i) =>
    part({ atMs: i, taskId: `task_${i}`, amountWei: 10n ** 18n, model: i === 0 ? evil : "m" }),
  );
  let text = "";
  for await (const line of await earningsOf(rows, []).csv("owner", "node")) text += line;
  const lines = text.trimEnd().split("\r\n");
  expect(lines).toHaveLength(1_201);
  expect(lines[0]).toMatch(/^at_utc,task_id,attempt,/);
  expect(lines.at(-1)).toContain(`"'=HYPERLINK(""http://x"")"`);
  const total = lines.slice(1, -1).reduce((n, line) => n + BigInt(line.split(",")[5] ?? 0), 0n);
  expect(total).toBe(1_199n * 10n ** 18n);
  expect(lines[1]).toContain(",1000000000000000000,1.000000000000000000,pending,");
});

it("has a sentence for every reason, and hides no unknown one", () => {
  for (const code of reasonCodes) expect(reasonOf(code).explanation).toMatch(/^[A-Z].*\.$/);
  expect(reasonOf("something_new").explanation).toContain("something_new");
  const row: NodeEarningRow["reason"] = { code: "x", ...reasonOf("x") };
  expect(row.remedy).toBeNull();
});
