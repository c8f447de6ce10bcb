import { chmodSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";

/** A folder of its own, which other users may enter; removed with all others when the run ends, however its tests ended. */
export function tempDir(prefix = "test-"): string {
  const dir = mkdtempSync(join(inject("testCluster").tempRoot, prefix));
  chmodSync(dir, 0o755);
  return dir;
}
