import { type Finding, type Rule, readHouse, type Tree } from "./house.ts";
import { cycles } from "./rules/cycles.ts";
import { dead } from "./rules/dead.ts";
import { dependencies } from "./rules/dependencies.ts";
import { directions } from "./rules/directions.ts";
import { doors } from "./rules/doors.ts";
import { consoleCalls, environment, markers } from "./rules/purity.ts";

const RULES: readonly Rule[] = [cycles, doors, directions, dependencies, environment, consoleCalls, markers, dead];

/** All findings of all rules, by path and line; empty when the house is in order. */
export function checkStructure(tree: Tree): Finding[] {
  const house = readHouse(tree);
  return RULES.flatMap((rule) => rule(house)).sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line);
}
