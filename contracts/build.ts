/**
 * Compiles the contracts without a network and leaves ABI and bytecode of the deployable ones in `out/deployable/`.
 * Does nothing when the sources are those of the last build (then it takes about 50 ms).
 *
 * Two builds may run at once: each compiles in a folder of its own, and results are renamed into place.
 */
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Deployable, deployableDirectory, deployableNames } from "./artifacts.ts";
import { runForge } from "./forge.ts";

const root = import.meta.dirname;
const outDirectory = fileURLToPath(deployableDirectory);
const require = createRequire(import.meta.url);

type ForgeArtifact = { abi: readonly unknown[]; bytecode: { object: `0x${string}` } };

function versionOf(packageName: string): string {
  const text = readFileSync(require.resolve(`${packageName}/package.json`), "utf8");
  return `${packageName}@${(JSON.parse(text) as { version: string }).version}`;
}

/** Everything the bytecode depends on. */
function fingerprint(): string {
  const hash = createHash("sha256");
  for (const packageName of ["solc", "@openzeppelin/contracts"]) hash.update(versionOf(packageName));
  for (const file of [...globSync("src/**/*.sol", { cwd: root }).sort(), "foundry.toml", "solc.ts", "artifacts.ts"]) {
    hash.update(`\n${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

function writeAtomically(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}

function compile(): void {
  const scratch = join(root, "cache", `build-${process.pid}`);
  const args = ["build", "src", "--out", join(scratch, "out"), "--cache-path", join(scratch, "cache")];
  try {
    const { status, stdout, stderr } = runForge(args);
    if (status !== 0) throw new Error(`the contracts do not compile\n${stdout}${stderr}`);
    mkdirSync(outDirectory, { recursive: true });
    for (const name of deployableNames) {
      const text = readFileSync(join(scratch, "out", `${name}.sol`, `${name}.json`), "utf8");
      const { abi, bytecode } = JSON.parse(text) as ForgeArtifact;
      const deployable: Deployable = { abi, bytecode: bytecode.object };
      writeAtomically(join(outDirectory, `${name}.json`), `${JSON.stringify(deployable)}\n`);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Builds if anything changed.
 * @returns whether it compiled.
 * @throws if the sources do not compile, with the compiler's messages.
 */
export function buildContracts(): boolean {
  const stampFile = join(outDirectory, "fingerprint");
  const current = fingerprint();
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === current) return false;
  compile();
  writeAtomically(stampFile, current);
  return true;
}

if (import.meta.main) {
  process.stdout.write(buildContracts() ? "contracts: compiled\n" : "contracts: up to date\n");
}
