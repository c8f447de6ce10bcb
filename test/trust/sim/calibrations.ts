import {
  type Calibration,
  calibrate,
  type FindCalibration,
  keyText,
  SAMPLES_MIN,
  viewsOfScores,
} from "@farlabs/server/judging";
import type { Way } from "../recordings.ts";
import { checksOf } from "./physics.ts";

/** What nine of ten answers of another processor stay below at temperature 0, per token (`other-processor` in the document). */
export const MARGIN = 0.01;

const made = new WeakMap<readonly Way[], Map<string, FindCalibration>>();

/** What honest looks like to this network, from the half of the recordings kept for it; `way` is `honest`, or that of an upgraded engine. */
export function calibrationsOf(ways: readonly Way[], way: string, { model }: { model: string }): FindCalibration {
  const known = made.get(ways) ?? new Map<string, FindCalibration>();
  made.set(ways, known);
  const find = known.get(way) ?? measured(ways, way, model);
  known.set(way, find);
  return find;
}

function measured(ways: readonly Way[], way: string, model: string): FindCalibration {
  const statistics = new Map<string, number[]>();
  for (const temperature of [0, 1])
    for (const { scores, end } of checksOf(ways, { way, temperature, half: "calibration" }))
      for (const { key, statistic } of viewsOfScores({ manifest: model, hardware: "any", temperature }, scores, end))
        statistics.set(keyText(key), [...(statistics.get(keyText(key)) ?? []), statistic]);
  const calibrations = new Map<string, Calibration>();
  for (const [key, values] of statistics)
    if (values.length >= SAMPLES_MIN) calibrations.set(key, calibrate(values, MARGIN));
  return (key) => calibrations.get(keyText(key)) ?? null;
}
