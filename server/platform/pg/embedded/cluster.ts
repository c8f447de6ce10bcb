import { execFile } from "node:child_process";
import { chown, mkdir, readFile, rename, rm, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { newSecret } from "#kernel";
import type { Account } from "./account.ts";

const run = promisify(execFile);

export const SUPERUSER = "far";

/** The cluster's password, made once and kept beside it, readable by its owner only. */
export async function clusterPassword(dir: string): Promise<string> {
  const path = join(dir, "password");
  const kept = await readFile(path, "utf8").then(
    (text) => text.trim(),
    () => "",
  );
  if (kept !== "") return kept;
  const made = newSecret(32);
  await writeFile(path, `${made}\n`, { mode: 0o600 });
  return made;
}

/**
 * Creates the cluster in `place/data` unless it is there. It is built under another name and renamed, so that a run killed half-way
 * leaves no half cluster.
 */
export async function ensureCluster(options: {
  bin: string;
  place: string;
  account: Account | null;
  password: string;
}): Promise<string> {
  const { bin, place, account, password } = options;
  const data = join(place, "data");
  if (
    await stat(join(data, "PG_VERSION")).then(
      () => true,
      () => false,
    )
  )
    return data;
  const partial = join(place, "data.new");
  const passwordFile = join(place, "password.new");
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { mode: 0o700 });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (account !== null) {
    await chown(partial, account.uid, account.gid);
    await chown(passwordFile, account.uid, account.gid);
  }
  try {
    const args = ["--pgdata", partial, "--username", SUPERUSER, "--pwfile", passwordFile, "--auth=scram-sha-256"];
    args.push(
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--no-instructions",
    );
    await run(join(bin, "initdb"), args, {
      cwd: "/",
      env: { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin" },
      ...(account ?? {}),
    });
  } finally {
    await unlink(passwordFile);
  }
  await rename(partial, data);
  return data;
}
