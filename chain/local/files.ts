import { open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Where a local chain keeps what outlives it. */
export type ChainFiles = {
  readonly directory: string;
  /** The whole chain as anvil dumps it: gzipped JSON. */
  readonly state: string;
  /** Number and hash of the newest block in `state`. */
  readonly saved: string;
  /** The state unpacked, only while anvil reads it. */
  readonly load: string;
  /** Which contracts were deployed on it. */
  readonly contracts: string;
  /** Who runs the chain. */
  readonly owner: string;
  readonly cache: string;
};

/** The file names under a chain's directory. */
export function chainFiles(directory: string): ChainFiles {
  return {
    directory,
    state: join(directory, "state.json.gz"),
    saved: join(directory, "saved.json"),
    load: join(directory, "load.json"),
    contracts: join(directory, "contracts.json"),
    owner: join(directory, "owner.json"),
    cache: join(directory, "cache"),
  };
}

/** Replaces a file so that after a crash or power cut it is the old one or the new one, whole. */
export async function replaceFile(file: string, content: Uint8Array | string): Promise<void> {
  const draft = `${file}.tmp`;
  const handle = await open(draft, "w", 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
  const directory = await open(dirname(file), "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Reads a file; undefined when there is none. */
export async function readIfPresent(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
