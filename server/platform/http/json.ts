import { coded } from "#kernel";

/** Deep enough for any JSON schema of a tool, shallow enough that nothing that recurses over a body can overflow the stack. */
const JSON_DEPTH_MAX = 64;

/** Own walk instead of a scan of the text: a body is a few objects around long strings, and the strings need no second look. */
function check(value: unknown, depthLeft: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depthLeft === 0)
    throw coded("invalid_request", { message: `The body nests deeper than ${JSON_DEPTH_MAX} levels.` });
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === "object") check(item, depthLeft - 1);
    return;
  }
  for (const key in value) {
    // An own `__proto__` key would become a prototype at the first careless copy.
    if (key === "__proto__")
      throw coded("invalid_request", { message: "The body may not name __proto__.", param: key });
    const item = (value as Record<string, unknown>)[key];
    if (typeof item === "object") check(item, depthLeft - 1);
  }
}

/**
 * Text → JSON value, bounded in depth. An empty body is `undefined`, so that a route's schema says what is missing.
 * @throws invalid_json, invalid_request (too deep, `__proto__`)
 */
export function parseJson(text: string): unknown {
  if (text === "") return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw coded("invalid_json", { cause });
  }
  check(value, JSON_DEPTH_MAX);
  return value;
}
