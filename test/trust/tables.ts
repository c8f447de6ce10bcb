/** The tables of `docs/trust-simulation.md`, from the stored results. */
import { readFileSync, writeFileSync } from "node:fs";
import { readSummaries } from "./recordings.ts";
import { readResults } from "./sim/results.ts";
import type { Row, Spread } from "./sim/simulate.ts";

const DOCUMENT = new URL("../../docs/trust-simulation.md", import.meta.url);

const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
const percent = (share: number | null): string => (share === null ? "–" : `${Math.round(share * 100)} %`);
const spread = (value: Spread | null): string => (value === null ? "–" : `${value.p50} / ${value.p90}`);

function noise(): string {
  const all = readSummaries();
  const cold = all.filter(({ temperature }) => temperature === 0);
  const rows = cold.map(({ name, about, honest, summary }) => {
    const warm = all.find((other) => other.name === name && other.temperature !== 0)?.summary ?? {};
    return [
      honest ? name : `**${name}**`,
      about,
      `${summary.lnRankP50} / ${summary.lnRankP90}`,
      `${warm.logprobP50} / ${warm.logprobP10}`,
    ];
  });
  return table(["way", "what it is", "ln(rank) at 0, p50 / p90", "log-probability at 1, p50 / p10"], rows);
}

function cheats(rows: readonly Row[]): string {
  const accused = rows.filter(({ caught }) => caught !== null);
  return table(
    [
      "cheat",
      "what it does",
      "confirmed",
      "watched",
      "audits, p50 / p90",
      "its tasks, p50 / p90",
      "score at the end",
      "share of work",
      "audits, share of tokens",
    ],
    accused.map((r) => [
      r.name,
      r.about,
      percent(r.caught),
      percent(r.suspected),
      spread(r.audits),
      spread(r.tasks),
      r.score ?? "–",
      r.share ?? "–",
      percent(r.read),
    ]),
  );
}

function honest(rows: readonly Row[]): string {
  const sum = (of: (row: Row) => number): number => rows.reduce((n, row) => n + of(row), 0);
  const shown = rows.filter(({ caught }) => caught === null);
  const cells = (
    name: string,
    about: string,
    r: { runs: number; read: string; honest: Row["honest"]; freezes: number },
  ) => [
    name,
    about,
    r.runs,
    r.honest.nodeHours,
    r.honest.watched,
    r.honest.suspended,
    r.honest.slashed,
    r.freezes,
    r.read,
  ];
  const total = {
    runs: sum((r) => r.runs),
    read: "",
    freezes: sum((r) => r.freezes),
    honest: {
      nodeHours: sum((r) => r.honest.nodeHours),
      watched: sum((r) => r.honest.watched),
      suspended: sum((r) => r.honest.suspended),
      slashed: sum((r) => r.honest.slashed),
    },
  };
  return table(
    [
      "scenario",
      "what happens",
      "runs",
      "honest node-hours",
      "watched",
      "suspended",
      "slashed",
      "runs with a freeze",
      "audits, share of tokens",
    ],
    [
      ...shown.map((r) => cells(r.name, r.about, { ...r, read: percent(r.read) })),
      cells("all", "every run, those with cheats too", total),
    ],
  );
}

/** The document with its tables made anew. @throws Error where a place for one is missing */
function withTables(text: string): string {
  const rows = readResults();
  const tables = { noise: noise(), cheats: cheats(rows), honest: honest(rows) };
  return Object.entries(tables).reduce((before, [name, made]) => {
    const place = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
    if (!place.test(before)) throw new Error(`the document has no place for the table ${name}`);
    return before.replace(place, (_, begin: string, end: string) => `${begin}\n${made}\n\n${end}`);
  }, text);
}

export const writeTables = (): void => writeFileSync(DOCUMENT, withTables(readFileSync(DOCUMENT, "utf8")));
export const areTablesCurrent = (): boolean => {
  const text = readFileSync(DOCUMENT, "utf8");
  return withTables(text) === text;
};
