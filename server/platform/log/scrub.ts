/** What must never be in a log: keys, credentials, and what users say to models. */

const HIDDEN = "[hidden]";
const DEPTH_MAX = 6;
const ITEMS_MAX = 50;
const TEXT_MAX = 2_000;

/** Field names whose values are secret or a user's words. `token` at the end of a name is a credential, `tokens` a count. */
const hiddenNames =
  /^(.*authorization|cookie|set-cookie|.*password|.*secret.*|.*private_?key|.*api_?key|mnemonic|.*token|key|.*signature|prompt|messages|input|completion|content|delta|text|database_?url|redis_?url)$/i;

const hiddenTexts: readonly [RegExp, string][] = [
  [/\bfar_(live|test)_[0-9A-Za-z]+/g, `far_$1_${HIDDEN}`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${HIDDEN}`],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, HIDDEN],
  [/(\w+:\/\/[^\s:/@]+):[^\s@/]+@/g, `$1:${HIDDEN}@`],
  [/\b0x[0-9a-fA-F]{64}\b(?=.*key)/g, HIDDEN],
];

export function scrubText(text: string): string {
  const short = text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}… (${text.length} characters)` : text;
  return hiddenTexts.reduce((scrubbed, [pattern, replacement]) => scrubbed.replace(pattern, replacement), short);
}

function scrubError(error: Error, depth: number): Record<string, unknown> {
  const { code, internal } = error as { code?: unknown; internal?: unknown };
  return {
    name: error.name,
    message: scrubText(error.message),
    ...(code === undefined ? {} : { code }),
    ...(internal === undefined ? {} : { internal: scrub(internal, depth + 1) }),
    ...(error.stack === undefined ? {} : { stack: scrubText(error.stack) }),
    ...(error.cause === undefined ? {} : { cause: scrub(error.cause, depth + 1) }),
  };
}

/** A copy fit for a log: secrets hidden, bigint as text, long and deep values cut. */
export function scrub(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return scrubText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value !== "object" || value === null) return value;
  if (depth >= DEPTH_MAX) return "…";
  if (value instanceof Error) return scrubError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`;
  if (Array.isArray(value)) return value.slice(0, ITEMS_MAX).map((item) => scrub(item, depth + 1));
  const fields = Object.entries(value).slice(0, ITEMS_MAX);
  return Object.fromEntries(
    fields.map(([name, field]) => [name, hiddenNames.test(name) ? HIDDEN : scrub(field, depth + 1)]),
  );
}
