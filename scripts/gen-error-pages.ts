/**
 * Writes docs/errors: a page for every registered error code, and the index. What a person wrote on a page is kept.
 * Usage: node scripts/gen-error-pages.ts [--check]   (--check writes nothing and fails when a page is missing, stale or silent)
 */
import { globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Code, planPages, type Row } from "./error-pages/pages.ts";

const root = resolve(import.meta.dirname, "..");
const folder = resolve(root, "docs/errors");

/** Loads every file that registers codes, one after the other, and sees what each added. */
async function readRegistry(): Promise<Code[]> {
  const kernel = resolve(root, "server/kernel/errors.ts");
  const { registry } = (await import(pathToFileURL(kernel).href)) as { registry(): ReadonlyMap<string, Row> };
  const files = globSync("server/**/errors.ts", { cwd: root, exclude: (path) => path.includes("node_modules") });
  const codes = new Map<string, Code>();
  for (const file of ["server/kernel/errors.ts", ...files.sort()]) {
    await import(pathToFileURL(resolve(root, file)).href);
    for (const [code, row] of registry()) if (!codes.has(code)) codes.set(code, { ...row, code, home: dirname(file) });
  }
  return [...codes.values()];
}

function readPages(): Map<string, string> {
  mkdirSync(folder, { recursive: true });
  const files = readdirSync(folder).filter((file) => file.endsWith(".md"));
  return new Map(files.map((file) => [file, readFileSync(resolve(folder, file), "utf8")]));
}

const codes = await readRegistry();
const { write, remove, silent } = planPages(codes, readPages());
const isCheck = process.argv.includes("--check");
if (!isCheck) {
  for (const [file, text] of write) writeFileSync(resolve(folder, file), text);
  for (const file of remove) rmSync(resolve(folder, file));
}
const stale = isCheck ? [...write.keys()] : [];
for (const file of stale) console.log(`docs/errors/${file}: missing or stale; run node scripts/gen-error-pages.ts`);
for (const file of isCheck ? remove : []) console.log(`docs/errors/${file}: no such code any more`);
for (const file of silent) console.log(`docs/errors/${file}: says nothing under "What to do"`);
console.log(`error pages: ${codes.length} codes${isCheck ? "" : `, ${write.size} written, ${remove.length} removed`}`);
process.exitCode = stale.length + (isCheck ? remove.length : 0) + silent.length === 0 ? 0 : 1;
