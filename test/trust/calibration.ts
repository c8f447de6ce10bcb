/** What honest looks like for far-mini, in the words of `POST /api/v1/admin/calibrations`: all that was recorded of honest answers. */
import { readFileSync, writeFileSync } from "node:fs";
import { type CalibrationKey, keyText, SAMPLES_MIN, viewsOfScores } from "@farlabs/server/judging";
import { readRecordings } from "./recordings.ts";
import { MARGIN } from "./sim/calibrations.ts";

const FAR_MINI = new URL("../../models/far-mini/", import.meta.url);
const FILE = new URL("calibration.json", FAR_MINI);

interface Entry extends CalibrationKey {
  margin: number;
  statistics: number[];
}
const digits = (value: number): number => Number(value.toFixed(4));

function entries(): Entry[] {
  const { weights } = JSON.parse(readFileSync(new URL("manifest.json", FAR_MINI), "utf8")) as {
    weights: { sha256: string };
  };
  const found = new Map<string, Entry>();
  for (const { temperature, checks } of readRecordings().filter(({ honest }) => honest))
    for (const { scores, end } of checks)
      for (const { key, statistic } of viewsOfScores(
        { manifest: `0x${weights.sha256}`, hardware: "any", temperature },
        scores,
        end,
      )) {
        const entry = found.get(keyText(key)) ?? { ...key, margin: MARGIN, statistics: [] };
        entry.statistics.push(digits(statistic));
        found.set(keyText(key), entry);
      }
  const enough = [...found.values()].filter(({ statistics }) => statistics.length >= SAMPLES_MIN);
  return enough.map((entry) => ({ ...entry, statistics: entry.statistics.sort((a, b) => a - b) }));
}

/** One key a line. */
const text = (): string =>
  `[\n${entries()
    .map((entry) => JSON.stringify(entry))
    .join(",\n")}\n]\n`;

export const writeCalibration = (): void => writeFileSync(FILE, text());
export const isCalibrationCurrent = (): boolean => readFileSync(FILE, "utf8") === text();
