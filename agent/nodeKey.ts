import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { AgentError } from "./errors.ts";

const FILE = "node.key";

function parseKey(text: string, path: string): PrivateKeyAccount {
  const key = text.trim();
  if (!/^0x[0-9a-fA-F]{64}$/.test(key))
    throw new AgentError(
      "bad_node_key",
      `${path} does not hold a key of 32 bytes in hex; restore it, or remove it to become a new node`,
    );
  return privateKeyToAccount(key as `0x${string}`);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * The node's identity: read from `DIR/node.key` (mode 0600), created there on first start. Two agents started at once in one
 * folder end up with the same key, because the file appears whole or not at all.
 * @throws AgentError `bad_node_key` if the file is there but holds no key.
 */
export async function loadNodeKey(dir: string): Promise<PrivateKeyAccount> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, FILE);
  const present = await readIfThere(path);
  if (present !== undefined) {
    await chmod(path, 0o600);
    return parseKey(present, path);
  }
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  await writeFile(temporary, `0x${randomBytes(32).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
  try {
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  return parseKey(await readFile(path, "utf8"), path);
}
