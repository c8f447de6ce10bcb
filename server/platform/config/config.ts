import type { z } from "zod";

/** All settings are wrong together, so that they can be mended together. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`Settings are not valid:\n${problems.map((p) => `  - ${p}`).join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/**
 * Reads each module's slice from the environment, once, at start.
 * @returns the slices by the same names, frozen
 * @throws ConfigError naming every setting at fault
 */
export function readConfig<S extends Record<string, z.ZodType>>(
  slices: S,
  env: Record<string, string | undefined>,
): { readonly [K in keyof S]: z.output<S[K]> } {
  // An empty variable is an unset one, as shells and compose files mean it.
  const given = Object.fromEntries(Object.entries(env).filter(([, v]) => v !== undefined && v !== ""));
  const problems = new Set<string>();
  const out: Record<string, unknown> = {};
  for (const [name, slice] of Object.entries(slices)) {
    const result = slice.safeParse(given);
    if (result.success) out[name] = Object.freeze(result.data);
    else for (const issue of result.error.issues) problems.add(`${issue.path.join(".")}: ${issue.message}`);
  }
  if (problems.size > 0) throw new ConfigError([...problems]);
  return Object.freeze(out) as { readonly [K in keyof S]: z.output<S[K]> };
}
