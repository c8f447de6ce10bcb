import { readFile, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { ChainError } from "../errors.ts";
import { type ChainFiles, readIfPresent, replaceFile } from "./files.ts";

type Owner = { readonly anvilPid: number; readonly ownerPid: number };

/** A process id may belong to somebody else by now; only a command line that names our directory is ours. */
async function isOurAnvil(pid: number, files: ChainFiles): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, "utf8")).includes(files.cache);
  } catch {
    return false;
  }
}

/** Whether a process of this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Notes who runs the chain. */
export async function writeOwner(files: ChainFiles, anvilPid: number): Promise<void> {
  const owner: Owner = { anvilPid, ownerPid: process.pid };
  await replaceFile(files.owner, `${JSON.stringify(owner)}\n`);
}

/** Takes the note back. */
export async function clearOwner(files: ChainFiles): Promise<void> {
  await rm(files.owner, { force: true });
}

/**
 * Ends an anvil whose owner was killed before it could. Its unsaved blocks are lost, as after any kill.
 * @throws ChainError `chain_local_failed` when its owner is alive: then the chain runs already.
 */
export async function endOrphan(files: ChainFiles): Promise<void> {
  const text = await readIfPresent(files.owner);
  if (text === undefined) return;
  const { anvilPid, ownerPid } = JSON.parse(text.toString("utf8")) as Owner;
  if (!(await isOurAnvil(anvilPid, files))) return;
  if (ownerPid !== process.pid && isAlive(ownerPid)) {
    throw new ChainError("chain_local_failed", `The chain in ${files.directory} is run by process ${ownerPid}.`);
  }
  process.kill(anvilPid, "SIGKILL");
  for (let tries = 0; tries < 200 && (await isOurAnvil(anvilPid, files)); tries += 1) await sleep(10);
}
