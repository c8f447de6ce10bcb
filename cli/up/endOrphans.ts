import { rmSync } from "node:fs";
import { networkFilePath } from "../credentials/networkFile.ts";
import { endOrphan } from "./childProcess.ts";

/** Takers of work before givers: the agent hands its tasks back, the server closes its books, then what they stand on. */
const IN_ORDER = ["agent", "server", "chain", "database"] as const;

/**
 * Ends the parts that a killed run left, and what it said of itself. They hold its ports, so this comes before the ports are looked at.
 * @returns their names
 */
export async function endOrphans(stateDir: string): Promise<string[]> {
  rmSync(networkFilePath(stateDir), { force: true });
  const left: string[] = [];
  for (const name of IN_ORDER) if (await endOrphan(stateDir, name)) left.push(name);
  return left;
}
