/** `node test/trust/main.ts noise | simulate | tables | calibration`: the README beside it says what each does. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { isCalibrationCurrent, writeCalibration } from "./calibration.ts";
import { measureNoise } from "./noise/measure.ts";
import { writeRecordings } from "./recordings.ts";
import { writeResults } from "./sim/results.ts";
import { simulate } from "./sim/simulate.ts";
import { areTablesCurrent, writeTables } from "./tables.ts";

const USAGE =
  "node test/trust/main.ts noise [--answers N] | simulate [--runs N] [--only NAMES] | tables [--check] | calibration [--check]; --no-store prints only";
const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      answers: { type: "string", default: "160" },
      runs: { type: "string", default: "200" },
      only: { type: "string" },
      check: { type: "boolean", default: false },
      "no-store": { type: "boolean", default: false },
    },
  });
  const isStored = !values["no-store"] && values.only === undefined;
  switch (positionals[0]) {
    case "noise": {
      const recorded = await measureNoise({ answers: Number(values.answers), say });
      if (isStored) writeRecordings(recorded);
      return 0;
    }
    case "simulate": {
      const only = values.only?.split(",");
      const threads = availableParallelism();
      const rows = await simulate({ runs: Number(values.runs), threads, say, ...(only ? { only } : {}) });
      if (isStored) writeResults(rows);
      return rows.every(({ honest }) => honest.slashed === 0) ? 0 : 1;
    }
    case "tables":
      if (!values.check) writeTables();
      return areTablesCurrent() ? 0 : 1;
    case "calibration":
      if (!values.check) writeCalibration();
      return isCalibrationCurrent() ? 0 : 1;
    default:
      say(USAGE);
      return 2;
  }
}

process.exitCode = await main();
