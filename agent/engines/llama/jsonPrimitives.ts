/** The terminals of JSON in GBNF, and ranges of them. */

/** Escapes never make half a surrogate pair, exponents never make an infinity. */
export const primitives: readonly string[] = [
  'sp ::= " "?',
  "hex ::= [0-9a-fA-F]",
  'char ::= [^"\\\\\\x7F\\x00-\\x1F] | "\\\\" (["\\\\/bfnrt] | "u" ([0-9a-cA-CeEfF] hex hex hex | [dD] [0-7] hex hex))',
  'string ::= "\\"" char* "\\""',
  'integer ::= "-"? ("0" | [1-9] [0-9]{0,14})',
  'number ::= integer ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?',
  'boolean ::= "true" | "false"',
  'null ::= "null"',
  'object ::= "{" (string ":" sp value ("," sp string ":" sp value)*)? "}"',
  'array ::= "[" (value ("," sp value)*)? "]"',
  "value ::= object | array | string | number | boolean | null",
];

const LENGTH_MAX = 1_024;
const RANGE_MAX = 1_000;
type Refuse = (why: string) => never;

const date = '[0-9]{4} "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | "1" [0-9] | "2" [0-8])';
const time = '([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{3})? "Z"';
/** Days end at 28: no grammar knows which months have more. */
const formats: Record<string, string> = {
  date,
  time,
  "date-time": `${date} "T" ${time}`,
  uuid: 'hex{8} "-" hex{4} "-" hex{4} "-" hex{4} "-" hex{12}',
};

/** A string of a format or a length. Formats without a rule are annotations, as JSON Schema has them. */
export function stringRule(p: {
  format: unknown;
  minLength: number | undefined;
  maxLength: number | undefined;
  refuse: Refuse;
}): string {
  const format = typeof p.format === "string" && Object.hasOwn(formats, p.format) ? formats[p.format] : undefined;
  if (format) return `"\\"" ${format} "\\""`;
  const { minLength = 0, maxLength } = p;
  if (minLength === 0 && maxLength === undefined) return "string";
  if (minLength > LENGTH_MAX || (maxLength ?? 0) > LENGTH_MAX)
    return p.refuse(`string lengths beyond ${LENGTH_MAX} are not supported`);
  if (maxLength !== undefined && maxLength < minLength) return p.refuse("maxLength is below minLength");
  return `"\\"" char{${minLength},${maxLength ?? ""}} "\\""`;
}

/** Whole numbers, bounded where a grammar can: from 0, from 1, or within a range of at most 1 000 values. */
export function integerRange(p: { minimum: unknown; maximum: unknown; refuse: Refuse }): string {
  const { minimum, maximum, refuse } = p;
  if (minimum === undefined && maximum === undefined) return "integer";
  if (maximum === undefined && minimum === 0) return '"0" | [1-9] [0-9]{0,14}';
  if (maximum === undefined && minimum === 1) return "[1-9] [0-9]{0,14}";
  if (typeof minimum !== "number" || typeof maximum !== "number")
    return refuse("integers can be bounded from 0, from 1, or from both sides");
  const low = Math.ceil(minimum);
  const high = Math.floor(maximum);
  if (high < low || high - low >= RANGE_MAX) return refuse(`an integer range must hold 1 to ${RANGE_MAX} values`);
  return Array.from({ length: high - low + 1 }, (_, i) => `"${low + i}"`).join(" | ");
}
