import type { Finding, Rule, Source } from "../house.ts";
import { lineOf } from "../imports.ts";

/** Programs of their own, which read the environment where they start; everything else gets its settings handed in. */
const ENV_READERS = [/(?:^|\/)config\.ts$/, /^(?:cli|agent|server)\/main\.ts$/, /^bench\//, /^scripts\//, /^test\//];
const CONSOLE_USERS = [/^cli\//, /^bench\//, /^scripts\//];

function everywhere(sources: Iterable<Source>, pattern: RegExp, rule: string, reason: string): Finding[] {
  return [...sources].flatMap(({ path, code }) =>
    [...code.matchAll(pattern)].map((match) => ({ path, line: lineOf(code, match.index), rule, reason })),
  );
}

/** The environment is read in `config.ts` files only. */
export const environment: Rule = (house) => {
  const strict = [...house.sources.values()].filter((s) => !s.isTest && !ENV_READERS.some((r) => r.test(s.path)));
  const dotted = everywhere(strict, /\bprocess\s*(?:\?\.|\.)\s*env\b/g, "env", "process.env is read in config.ts only");
  const imported = strict.flatMap(({ path, code, imports }) =>
    imports
      .filter((i) => /^(?:node:)?process$/.test(i.specifier) && /\benv\b/.test(code.split("\n")[i.line - 1] ?? ""))
      .map(({ line }) => ({ path, line, rule: "env", reason: "env is read in config.ts only" })),
  );
  return [...dotted, ...imported];
};

/** Library code logs through its log; only programs that talk to a person print. */
export const consoleCalls: Rule = (house) =>
  everywhere(
    [...house.sources.values()].filter((s) => !CONSOLE_USERS.some((r) => r.test(s.path))),
    /(?<![.\w$])console\s*(?:\?\.|\.|\[)/g,
    "console",
    "console is for cli, bench and scripts; use the log",
  );

const MARKER = /\b(?:TO(?:DO)|FIX(?:ME))\b/g;

/** Work that is left is an issue, not a comment. */
export const markers: Rule = (house) =>
  [...house.tree].flatMap(([path, text]) =>
    [...text.matchAll(MARKER)].map((match) => ({
      path,
      line: lineOf(text, match.index),
      rule: "marker",
      reason: `${match[0]}: finish it or open an issue`,
    })),
  );
