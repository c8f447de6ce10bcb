import type { z } from "zod";
import { coded } from "#kernel";

type Issue = z.core.$ZodIssue;

/** `messages[0].content`, as OpenAI names a field. */
function fieldName(path: readonly PropertyKey[]): string {
  let name = "";
  for (const part of path) {
    if (typeof part === "number") name += `[${part}]`;
    else name += name === "" ? String(part) : `.${String(part)}`;
  }
  return name;
}

/** The issue that says most: of a union, the branch whose first issue lies deepest, since the caller most likely meant that one. */
function sharpest(issue: Issue, path: readonly PropertyKey[]): { issue: Issue; path: readonly PropertyKey[] } {
  const here: { issue: Issue; path: readonly PropertyKey[] } = { issue, path: [...path, ...issue.path] };
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return here;
  let best = here;
  for (const branch of issue.errors) {
    const first = branch[0];
    if (first === undefined) continue;
    const found = sharpest(first, here.path);
    if (found.path.length > best.path.length) best = found;
  }
  return best;
}

function alternatives(issue: Issue): string | null {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return null;
  const expected = issue.errors.map((branch) =>
    branch[0]?.message.replace(/^Invalid input: expected /, "").replace(/, received.*$/, ""),
  );
  return `expected ${[...new Set(expected)].filter((text) => text !== undefined).join(" or ")}`;
}

function sentence(issue: Issue): string {
  if (issue.code === "unrecognized_keys") return "is not a known field";
  if (issue.code === "invalid_type" && issue.message.endsWith("received undefined")) return "is required";
  return alternatives(issue) ?? issue.message.replace(/^Invalid (input|option): /, "");
}

/**
 * Parses what came from outside, once; inside it is trusted.
 * @throws invalid_request with `param` naming the first field at fault and a sentence about it
 */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const first = result.error.issues[0];
  if (first === undefined) throw coded("invalid_request");
  if (value === undefined && first.path.length === 0)
    throw coded("invalid_request", { message: "A JSON body is required." });
  const { issue, path } = sharpest(first, []);
  const param = fieldName(issue.code === "unrecognized_keys" ? [...path, issue.keys[0] ?? ""] : path);
  const what = sentence(issue);
  throw coded("invalid_request", {
    param: param === "" ? null : param,
    message: param === "" ? `The request: ${what}.` : `${param}: ${what}.`,
  });
}
