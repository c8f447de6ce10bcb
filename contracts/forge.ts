import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** The native forge. The npm package's own wrapper always exits 0, so it can neither fail a build nor a test. */
function forgeBinary(): string {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const wrapper = createRequire(require.resolve("@foundry-rs/forge/package.json"));
  const manifest = wrapper.resolve(`@foundry-rs/forge-${process.platform}-${architecture}/package.json`);
  return join(dirname(manifest), "bin", process.platform === "win32" ? "forge.exe" : "forge");
}

/**
 * Runs forge in `contracts/`.
 * @param args For instance `["test", "--match-test", "settle"]`.
 * @param options.inherit Let it write to our terminal instead of collecting its output.
 */
export function runForge(args: readonly string[], options: { inherit?: boolean } = {}): SpawnSyncReturns<string> {
  const stdio = options.inherit ? "inherit" : "pipe";
  return spawnSync(forgeBinary(), args, { cwd: import.meta.dirname, stdio, encoding: "utf8", maxBuffer: 1 << 26 });
}

if (import.meta.main) process.exitCode = runForge(process.argv.slice(2), { inherit: true }).status ?? 1;
