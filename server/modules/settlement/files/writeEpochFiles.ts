import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../operations/context.ts";
import { readEpochFile } from "./readEpochFile.ts";

const nameOf = (epoch: number): string => `epoch-${epoch}.json`;

/** Files written in one round; what is missing beyond them comes with the next. */
const FILES_MAX = 20;

/**
 * Puts every settled epoch's file in its place, whole or not at all. Which are missing is seen from the directory itself, so a lost
 * file, or a lost directory, is written again, byte for byte.
 */
export async function writeEpochFiles(context: Context): Promise<void> {
  const directory = context.config.EPOCH_FILES_DIR;
  if (directory === undefined) return;
  await mkdir(directory, { recursive: true });
  const present = new Set(await readdir(directory));
  const rows = await context.sql<{ epoch: string }[]>`
    SELECT epoch FROM settlement.epochs WHERE status = 'settled' ORDER BY epoch`;
  const missing = rows.map((row) => Number(row.epoch)).filter((epoch) => !present.has(nameOf(epoch)));
  for (const epoch of missing.slice(0, FILES_MAX)) {
    const path = join(directory, nameOf(epoch));
    await writeFile(`${path}.part`, await readEpochFile(context, epoch));
    await context.crashPoint("file.written");
    await rename(`${path}.part`, path);
  }
}
