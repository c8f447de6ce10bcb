import { readFileSync, writeFileSync } from "node:fs";
import type { Row } from "./simulate.ts";

const RESULTS = new URL("../../../bench/results/trust.json", import.meta.url);

/** One scenario a line. */
export function writeResults(rows: readonly Row[]): void {
  writeFileSync(RESULTS, `{"rows":[\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n]}\n`);
}
export const readResults = (): Row[] => (JSON.parse(readFileSync(RESULTS, "utf8")) as { rows: Row[] }).rows;
