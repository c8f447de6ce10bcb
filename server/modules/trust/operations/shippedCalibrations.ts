import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const shipped = z.array(
  z.strictObject({
    manifest: z.string().min(1).max(256),
    hardware: z.string().min(1).max(64),
    kind: z.enum(["score", "end", "canary"]),
    temperature: z.enum(["cold", "warm"]),
    length: z.enum(["short", "medium", "long"]),
    statistics: z.array(z.number()).max(20_000),
    margin: z.number().min(0).max(1_000),
  }),
);
export type ShippedCalibration = z.infer<typeof shipped>[number];

/**
 * What honest looks like for the models that come with the network: `calibration.json` beside their weights.
 * @param dir - folder of a folder per model
 * @throws ZodError for a file of another shape
 */
export function shippedCalibrations(dir: string): ShippedCalibration[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir).flatMap((name) => {
    const file = join(dir, name, "calibration.json");
    return existsSync(file) ? shipped.parse(JSON.parse(readFileSync(file, "utf8"))) : [];
  });
}
