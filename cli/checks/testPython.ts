import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * What we did not write and are tested against: a prebuilt llama.cpp server, 34 MB, and the Ethereum library of the second verifier of
 * receipts.
 */
const PACKAGES = ["xllamacpp==2026.10.11549", "eth-account==0.13.7"];
const INSTALL_MS_MAX = 180_000;

const works = (python: string): boolean =>
  spawnSync(python, ["-c", "import xllamacpp, eth_account"], { stdio: "ignore" }).status === 0;

/** The last line that says something. */
function reasonOf(result: ReturnType<typeof spawnSync>): string {
  const text = `${result.stdout ?? ""}${result.stderr ?? ""}`.trim();
  return result.error?.message ?? text.split("\n").at(-1) ?? `ended with ${result.status}`;
}

function run(command: string, args: readonly string[]): string | null {
  const result = spawnSync(command, args, { encoding: "utf8", timeout: INSTALL_MS_MAX });
  return result.status === 0 ? null : `${command} ${args.join(" ")}: ${reasonOf(result)}`;
}

/** Debian keeps the venv module apart; a root shell may fetch it. */
function makeVenv(dir: string): string | null {
  const failed = run("python3", ["-m", "venv", dir]);
  if (failed === null || process.getuid?.() !== 0) return failed;
  return run("apt-get", ["install", "-y", "-qq", "python3-venv"]) ?? run("python3", ["-m", "venv", "--clear", dir]);
}

/**
 * A Python that can run the foreign engine and the foreign verifier; made in `.far/test-python` where the machine has none.
 * @returns its path, or why there is none, in which case those tests are skipped and say so
 */
export function testPython(root: string, given: string | undefined): { python: string } | { reason: string } {
  const dir = join(root, ".far/test-python");
  const own = join(dir, "bin/python");
  for (const python of [given ?? "python3", own]) if (works(python)) return { python };
  const failed = (existsSync(own) ? null : makeVenv(dir)) ?? run(own, ["-m", "pip", "install", "-q", ...PACKAGES]);
  if (failed !== null) return { reason: failed };
  return works(own) ? { python: own } : { reason: `${PACKAGES.join(", ")} are installed but cannot be imported` };
}
