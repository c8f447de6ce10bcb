import fc from "fast-check";
import { expect, test } from "vitest";
import { createFairQueue } from "./queue.ts";

const item = (accountId: string, n: number) => ({ accountId, n });

test("accounts take turns, however many tasks one of them has waiting", () => {
  const queue = createFairQueue<ReturnType<typeof item>>();
  for (let n = 0; n < 5; n++) queue.push(item("greedy", n), false);
  queue.push(item("modest", 0), false);
  const placed: string[] = [];
  queue.dispatch((i) => {
    if (placed.length === 3) return false;
    placed.push(`${i.accountId}${i.n}`);
    return true;
  });
  expect(placed).toEqual(["greedy0", "modest0", "greedy1"]);
  expect(queue.size()).toBe(3);
});

test("a task that continues goes before its account's others", () => {
  const queue = createFairQueue<ReturnType<typeof item>>();
  queue.push(item("a", 1), false);
  queue.push(item("a", 0), true);
  const placed: number[] = [];
  queue.dispatch((i) => placed.push(i.n) > 0);
  expect(placed).toEqual([0, 1]);
});

test("whatever is pushed, removed and dispatched, nothing is lost or placed twice, and order holds within an account", () => {
  const op = fc.oneof(
    fc.record({ op: fc.constant("push" as const), account: fc.constantFrom("a", "b", "c") }),
    fc.record({ op: fc.constant("remove" as const), at: fc.nat(20) }),
    fc.record({ op: fc.constant("dispatch" as const), places: fc.nat(4) }),
  );
  fc.assert(
    fc.property(fc.array(op, { maxLength: 60 }), (ops) => {
      const queue = createFairQueue<ReturnType<typeof item>>();
      const model: ReturnType<typeof item>[] = [];
      const placed: ReturnType<typeof item>[] = [];
      let n = 0;
      for (const o of ops) {
        if (o.op === "push") {
          const next = item(o.account, n++);
          model.push(next);
          queue.push(next, false);
        } else if (o.op === "remove") {
          const [gone] = model.splice(o.at % Math.max(1, model.length), 1);
          if (gone !== undefined) expect(queue.remove(gone)).toBe(true);
        } else {
          let left = o.places;
          queue.dispatch((i) => {
            if (left === 0) return false;
            left -= 1;
            placed.push(i);
            model.splice(model.indexOf(i), 1);
            return true;
          });
        }
        expect(queue.size()).toBe(model.length);
      }
      expect(queue.items().sort((a, b) => a.n - b.n)).toEqual([...model].sort((a, b) => a.n - b.n));
      for (const account of ["a", "b", "c"]) {
        const order = placed.filter((p) => p.accountId === account).map((p) => p.n);
        expect(order).toEqual([...order].sort((x, y) => x - y));
      }
    }),
  );
});
