import fc from "fast-check";
import { expect, it } from "vitest";
import { placeJobs } from "./placeJobs.ts";

const jobs = (...names: string[]) => names.map((name) => ({ name }));
const order = (names: string[], signed: [string, number][], next = 5) =>
  placeJobs(
    jobs(...names),
    signed.map(([job, nonce]) => ({ job, nonce })),
    next,
  ).map((job) => job.name);

it("keeps what was signed where it is, and puts the rest behind, or where a gap would hold up all", () => {
  expect(order(["epoch", "a", "b"], [])).toEqual(["epoch", "a", "b"]);
  expect(
    order(
      ["epoch", "a", "b"],
      [
        ["a", 5],
        ["b", 6],
      ],
    ),
  ).toEqual(["a", "b", "epoch"]);
  expect(
    order(
      ["a", "b"],
      [
        ["gone", 5],
        ["b", 6],
      ],
    ),
  ).toEqual(["a", "b"]);
  expect(
    order(
      ["b"],
      [
        ["gone", 5],
        ["b", 6],
      ],
    ),
  ).toEqual(["b"]);
  expect(
    order(
      ["a", "b"],
      [
        ["a", 4],
        ["b", 5],
      ],
    ),
  ).toEqual(["b", "a"]);
});

it("places every job once, whatever was signed, and moves nobody on the next round", () => {
  const name = fc.constantFrom("a", "b", "c", "d", "e");
  const names = fc.uniqueArray(name);
  const signed = fc.array(fc.tuple(name, fc.integer({ min: 3, max: 12 })));
  fc.assert(
    fc.property(names, signed, (wanted, attempts) => {
      const placed = order(wanted, attempts);
      expect(placed.toSorted()).toEqual(wanted.toSorted());
      const again = placed.map((job, at): [string, number] => [job, 5 + at]);
      expect(order(wanted, again)).toEqual(placed);
    }),
  );
});
