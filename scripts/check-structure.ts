/**
 * Structure is a test: refuses import cycles, paths that leave a module, imports against the direction of the layers, undeclared
 * dependencies, environment reads outside config.ts, console calls in library code, left-over markers and dead files.
 * Usage: node scripts/check-structure.ts
 */
import { resolve } from "node:path";
import { checkStructure } from "./structure/check.ts";
import { readTree } from "./structure/tree.ts";

const tree = readTree(resolve(import.meta.dirname, ".."));
const findings = checkStructure(tree);
for (const { path, line, rule, reason } of findings) console.log(`${path}:${line} [${rule}] ${reason}`);
console.log(`structure: ${tree.size} files, ${findings.length} findings`);
process.exitCode = findings.length === 0 ? 0 : 1;
