import fc from "fast-check";
import { expect, test } from "vitest";
import { testDatabase } from "#testing";
import { jsonArray, numberArray, textArray } from "./numeric.ts";

const { sql } = await testDatabase();
// PostgreSQL's text holds every character but NUL.
const text = fc
  .string({ unit: "binary", maxLength: 12 })
  .filter((value) => !value.includes("\u0000") && value.isWellFormed());

test("arrays of text come back as they went, through the driver and through our own literal", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(text, fc.constantFrom("NULL", "", "{", '"', "\\", ","), fc.constant(null))),
      async (values) => {
        const [row] =
          await sql`SELECT ${values as string[]}::text[] AS a, ${textArray(values)}::text[] AS b, ${sql.array(values as string[], 25)} AS c`;
        expect(row).toEqual({ a: values, b: values, c: values });
      },
    ),
    { numRuns: 60 },
  );
});

test("texts of JSON come back as the values they were", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue()), async (values) => {
      const [row] = await sql<{ texts: string[] }[]>`SELECT ${jsonArray(values)}::text[] AS texts`;
      expect(row?.texts).toEqual(values.map((value) => JSON.stringify(value)));
    }),
    { numRuns: 60 },
  );
  const odd = ['"\\\n\u2028{},', "\ud800", "NULL", { "\u0001": null }];
  const [row] = await sql<{ texts: string[] }[]>`SELECT ${jsonArray(odd)}::text[] AS texts`;
  expect(row?.texts).toEqual(odd.map((value) => JSON.stringify(value)));
});

test("numbers, booleans, uuids, times and nested arrays", async () => {
  const at = new Date("2026-01-02T03:04:05.678Z");
  const id = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
  const huge = 10n ** 40n;
  const [row] = await sql`
    SELECT ${[1, 2]}::int[] AS ints, ${numberArray([huge, -huge])}::numeric[] AS amounts, ${sql.array([true, false], 16)} AS flags,
           ${[id]}::uuid[] AS ids, ${sql.array([at], 1184)} AS times, '{{1,2},{3,4}}'::int[] AS nested, '{}'::text[] AS none`;
  expect(row).toEqual({
    ints: [1, 2],
    amounts: [huge.toString(), (-huge).toString()],
    flags: [true, false],
    ids: [id],
    times: [at],
    nested: [
      [1, 2],
      [3, 4],
    ],
    none: [],
  });
});
