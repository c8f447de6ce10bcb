/**
 * Amounts cross the driver as decimal strings: a bigint parameter would be declared `int8` and overflow a NUMERIC(78,0) column.
 */

/** Parameter for a NUMERIC or INT8 column. */
export const toNumeric = (amount: bigint): string => amount.toString();

/** Column value (the driver gives NUMERIC and INT8 as strings) to bigint; null and undefined count as zero, as an empty sum does. */
export const fromNumeric = (value: string | null | undefined): bigint =>
  value === null || value === undefined ? 0n : BigInt(value);

/** Mostly ids, in which there is nothing to escape; `includes` tells that at a third of a regular expression's cost. */
function quoted(value: string): string {
  const text = value.includes("\\") ? value.replaceAll("\\", "\\\\") : value;
  return text.includes('"') ? `"${text.replaceAll('"', '\\"')}"` : `"${text}"`;
}

/**
 * A `text[]` literal for `unnest(${textArray(ids)}::text[])`. One pass and no type lookup: on the hot path it costs a third of the
 * driver's own array serializer.
 */
export function textArray(values: readonly (string | null)[]): string {
  let out = "{";
  for (const value of values) {
    if (out.length > 1) out += ",";
    out += value === null ? "NULL" : quoted(value);
  }
  return `${out}}`;
}

/**
 * A `text[]` literal of JSON texts. Made by `JSON.stringify`, a text holds no control character and no half one, and escaping it once more
 * as JSON gives exactly the literal's own escapes, natively.
 */
export const jsonArray = (values: readonly unknown[]): string =>
  `{${JSON.stringify(values.map((value) => JSON.stringify(value))).slice(1, -1)}}`;

/** An array literal of numbers, for `::numeric[]`, `::int[]` or `::float8[]`. */
export const numberArray = (values: readonly (bigint | number)[]): string => `{${values.join(",")}}`;

/** An array literal of booleans, for `::bool[]`. */
export const booleanArray = (values: readonly boolean[]): string => `{${values.join(",")}}`;
