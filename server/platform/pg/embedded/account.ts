import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Account {
  uid: number;
  gid: number;
}

async function lookUp(name: string): Promise<Account | null> {
  try {
    const [uid, gid] = await Promise.all([run("id", ["-u", name]), run("id", ["-g", name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

/**
 * Whom PostgreSQL runs as: null means "as ourselves". It refuses root, so under root it gets the system's `postgres` user, which is
 * created when missing; where users cannot be created (a read-only /etc), `nobody` serves.
 * @throws Error when no unprivileged user exists
 */
export async function serviceAccount(): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const existing = await lookUp("postgres");
  if (existing !== null) return existing;
  await run("groupadd", ["--system", "postgres"]).catch(() => {});
  await run("useradd", [
    "--system",
    "--gid",
    "postgres",
    "--no-create-home",
    "--shell",
    "/bin/false",
    "postgres",
  ]).catch(() => {});
  const made = (await lookUp("postgres")) ?? (await lookUp("nobody"));
  if (made === null)
    throw new Error("PostgreSQL refuses to run as root, and no unprivileged user exists or could be made");
  return made;
}

/** Whether the account can run this program; the answer comes from trying, since mounts and parent folders decide it too. */
export function canRun(program: string, args: readonly string[], account: Account | null): boolean {
  return spawnSync(program, args, { cwd: "/", stdio: "ignore", timeout: 10_000, ...(account ?? {}) }).status === 0;
}

/** Whether the account can make and remove a file in `dir`. */
export const canWrite = (dir: string, account: Account | null): boolean =>
  canRun("/bin/sh", ["-c", 'cd "$1" && : > .probe && rm .probe', "sh", dir], account);
