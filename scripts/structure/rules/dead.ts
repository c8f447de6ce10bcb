import { dirname, join } from "node:path/posix";
import type { House, Rule, Source } from "../house.ts";

/** Programs that are started, not imported. Tests and the doors in package files are entries too. */
const PROGRAMS = [
  /^(?:server|agent|cli|bench)\/main\.ts$/,
  /^scripts\/[^/]+\.ts$/,
  /^[^/]+\.config\.ts$/,
  /^contracts\/[^/]+\.ts$/,
  /^models\/[^/]+\/[^/]+\.ts$/,
  /\.bench\.ts$/,
];

/** Imported files, and files named by a relative path in a literal (workers, child processes). */
function references(house: House, source: Source): string[] {
  const imported = source.imports.flatMap(({ target }) => (target.kind === "file" ? [target.path] : []));
  const named = source.literals
    .filter((l) => /^\.{1,2}\/.*\.ts$/.test(l.value))
    .map((l) => join(dirname(source.path), l.value));
  return [...imported, ...named].filter((path) => house.sources.has(path));
}

/** Files that no program, door or test reaches. */
export const dead: Rule = (house) => {
  const entries = new Set([...house.doors.values(), ...house.workspaces.flatMap((w) => [...w.exports.values()])]);
  const queue = [...house.sources.values()].filter(
    (s) => s.isTest || entries.has(s.path) || PROGRAMS.some((p) => p.test(s.path)),
  );
  const reached = new Set(queue.map((s) => s.path));
  for (const source of queue) {
    for (const path of references(house, source)) {
      const next = house.sources.get(path);
      if (next === undefined || reached.has(path)) continue;
      reached.add(path);
      queue.push(next);
    }
  }
  return [...house.sources.keys()]
    .filter((path) => !reached.has(path))
    .map((path) => ({ path, line: 1, rule: "dead", reason: "no program, door or test reaches this file" }));
};
