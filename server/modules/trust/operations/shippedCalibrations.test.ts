import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { systemClock } from "#kernel";
import { testDatabase } from "#testing";
import { createCalibrations } from "./calibrations.ts";
import { shippedCalibrations } from "./shippedCalibrations.ts";

const MODELS = fileURLToPath(new URL("../../../../models", import.meta.url));

test("far-mini comes with what honest looks like, cold and warm, words and ends", () => {
  const kinds = shippedCalibrations(MODELS).map((c) => `${c.kind} ${c.temperature} ${c.length}`);
  for (const kind of ["score", "end"])
    for (const temperature of ["cold", "warm"])
      for (const length of ["short", "medium"]) expect(kinds).toContain(`${kind} ${temperature} ${length}`);
  expect(shippedCalibrations("/nowhere")).toEqual([]);
});

test("what comes with a model is known from the start, and does not replace what was measured since", async () => {
  const { sql } = await testDatabase();
  const calibrations = createCalibrations({ sql, clock: systemClock });
  const shipped = shippedCalibrations(MODELS);
  const [first] = shipped;
  if (first === undefined) throw new Error("nothing is shipped");
  const { statistics, margin, ...key } = first;
  await calibrations.adopt(shipped);
  await calibrations.reload();
  expect(calibrations.find(key)).toMatchObject({ samples: statistics.length, margin });
  await calibrations.set(key, { statistics: statistics.slice(0, 50), margin: 1 });
  await calibrations.adopt(shipped);
  await calibrations.reload();
  expect(calibrations.find(key)).toMatchObject({ samples: 50, margin: 1 });
});
