import { createHash } from "node:crypto";
import { chmod, chown, lstat, mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Account, canWrite } from "./account.ts";

/**
 * Folders outside the clone, best first: one that survives a reboot, then the temporary one. Each is ours alone: in a folder that all
 * may write, somebody else could have laid a folder or a link of this name.
 */
const bases = (): string[] => ["/var/lib/far-labs", join(tmpdir(), `far-labs-${process.getuid?.() ?? 0}`)];

async function ownFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path, { recursive: true, mode: 0o755 });
    const stat = await lstat(path);
    if (!stat.isDirectory() || stat.uid !== process.getuid?.()) return false;
    await chmod(path, 0o755);
    return true;
  } catch {
    return false;
  }
}

/**
 * A folder outside the clone that the account can enter, keyed by `key` (a path) so that two clones do not share one.
 * @throws Error when none of the candidates works
 */
export async function outsidePlace(key: string, account: Account | null): Promise<string> {
  const name = createHash("sha256").update(key).digest("hex").slice(0, 16);
  for (const base of bases()) {
    const path = join(base, name);
    if (!(await ownFolder(base))) continue;
    await mkdir(path, { recursive: true });
    if (account !== null) await chown(path, account.uid, account.gid);
    if (canWrite(path, account)) return path;
  }
  throw new Error(`no folder was found that PostgreSQL's user can enter; tried ${bases().join(", ")}`);
}

/**
 * Where the data lies: inside `dir` if the account can go there, else outside. The choice is written down and kept, since a later
 * change of the parent folder's mode must not start an empty database.
 */
export async function dataPlace(dir: string, account: Account | null): Promise<string> {
  await mkdir(dir, { recursive: true });
  const note = join(dir, "location");
  const noted = await readFile(note, "utf8").then(
    (text) => text.trim(),
    () => null,
  );
  if (noted !== null && noted !== "") return noted;
  const inside = join(await realpath(dir), "cluster");
  await mkdir(inside, { recursive: true });
  if (account !== null) await chown(inside, account.uid, account.gid);
  const chosen = canWrite(inside, account) ? inside : await outsidePlace(await realpath(dir), account);
  await writeFile(note, `${chosen}\n`);
  return chosen;
}
