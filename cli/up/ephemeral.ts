import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endOrphans } from "./endOrphans.ts";
import { runningInstance } from "./instanceLock.ts";

const PREFIX = "far-up-";
/** A folder this young may belong to a run that has not said so yet. */
const AGE_MS_MIN = 60_000;

/** A new state folder for one run. PostgreSQL's user must be able to enter, so the folder is no secret; the files in it are. */
export function ephemeralState(): string {
  const dir = mkdtempSync(join(tmpdir(), PREFIX));
  chmodSync(dir, 0o755);
  return dir;
}

function isAbandoned(dir: string): boolean {
  const stat = statSync(dir, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isDirectory() || stat.uid !== process.getuid?.()) return false;
  return Date.now() - stat.mtimeMs > AGE_MS_MIN && runningInstance(dir) === null;
}

/** Ends and removes what runs that were killed have left: nobody will start on their folders again. @returns how many */
export async function sweepEphemeral(): Promise<number> {
  const found = readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX));
  const abandoned = found.map((name) => join(tmpdir(), name)).filter(isAbandoned);
  for (const dir of abandoned) {
    await endOrphans(dir);
    rmSync(dir, { recursive: true, force: true });
  }
  return abandoned.length;
}
