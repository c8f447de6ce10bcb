import type { Finding, House, Rule } from "../house.ts";

/** Static value imports among our own files. */
function edges(house: House): Map<string, { to: string; line: number }[]> {
  return new Map(
    [...house.sources.values()].map((source) => [
      source.path,
      source.imports.flatMap(({ kind, target, line }) =>
        kind === "value" && target.kind === "file" && house.sources.has(target.path) ? [{ to: target.path, line }] : [],
      ),
    ]),
  );
}

/** Files that wait for each other at load time. Each cycle is reported once, where the walk closed it. */
export const cycles: Rule = (house) => {
  const graph = edges(house);
  const findings: Finding[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    trail.push(path);
    for (const { to, line } of graph.get(path) ?? []) {
      const start = trail.indexOf(to);
      if (start >= 0) {
        const reason = `import cycle: ${[...trail.slice(start), to].join(" → ")}`;
        findings.push({ path, line, rule: "cycle", reason });
      } else if (!done.has(to)) visit(to);
    }
    trail.pop();
    done.add(path);
  };
  for (const path of graph.keys()) if (!done.has(path)) visit(path);
  return findings;
};
