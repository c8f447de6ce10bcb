// biome-ignore lint/suspicious/noControlCharactersInRegex: colour sequences take no room
const COLOUR = /\u001b\[\d+m/g;
const width = (text: string): number => [...text.replace(COLOUR, "")].length;

/** Columns as wide as their widest cell, two spaces apart; `alignRight` names columns of numbers. */
export function table(
  rows: readonly (readonly string[])[],
  options: { alignRight?: readonly number[] } = {},
): string[] {
  const columns = Math.max(0, ...rows.map((r) => r.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((r) => width(r[i] ?? ""))));
  const pad = (cell: string, i: number): string => {
    const gap = " ".repeat((widths[i] ?? 0) - width(cell));
    return options.alignRight?.includes(i) === true ? gap + cell : cell + gap;
  };
  return rows.map((row) => row.map(pad).join("  ").trimEnd());
}
