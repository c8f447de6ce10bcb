import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Tree } from "./house.ts";

const SKIPPED = new Set(["node_modules", "contracts/out", "contracts/cache", "contracts/broadcast", "bench/peers"]);
const READ = /(?:\.(?:ts|sol|sql|py|sh)|(?:^|\/)package\.json|^far)$/;

/** Every file of ours under `root` that a rule looks at, as path → text. Hidden folders and what is installed or built are left out. */
export function readTree(root: string): Tree {
  const tree = new Map<string, string>();
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.name.startsWith(".") || SKIPPED.has(entry.name) || SKIPPED.has(path)) continue;
      if (entry.isDirectory()) visit(path);
      else if (READ.test(path)) tree.set(path, readFileSync(join(root, path), "utf8"));
    }
  };
  visit("");
  return tree;
}
