import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made = new Set<string>();
let registered = false;

/** A folder of its own, which other users may enter; removed when the test process exits. */
export function tempDir(prefix = "far-test-"): string {
  if (!registered) {
    registered = true;
    process.once("exit", () => {
      for (const dir of made) rmSync(dir, { recursive: true, force: true });
    });
  }
  const dir = mkdtempSync(join(tmpdir(), prefix));
  chmodSync(dir, 0o755);
  made.add(dir);
  return dir;
}
