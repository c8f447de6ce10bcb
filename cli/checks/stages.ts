import { forgeCounts, oneCheck, type Stage, vitestCounts } from "./stage.ts";

const VITEST = "node_modules/vitest/vitest.mjs";
const vitest = (name: string, ...args: string[]): Stage => ({
  name,
  args: [VITEST, "run", ...args],
  count: vitestCounts,
});
const forge = (name: string, ...args: string[]): Stage => ({
  name,
  args: ["node_modules/@foundry-rs/forge/bin.mjs", "test", "--root", "contracts", ...args],
  count: forgeCounts,
});

const checks: readonly Stage[] = [
  { name: "structure", args: ["scripts/check-structure.ts"], count: oneCheck },
  { name: "types", args: ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "tsconfig.json"], count: oneCheck },
  { name: "lint", args: ["node_modules/@biomejs/biome/bin/biome", "check", "."], count: oneCheck },
];

/** What `far test KIND` runs, in order: what is quick to fail comes first. */
export const STAGES = {
  all: [...checks, forge("contracts"), vitest("tests", "--exclude", "test/faults/**")],
  faults: [vitest("faults", "test/faults")],
  deep: [
    ...checks,
    forge("contracts, many runs", "--fuzz-runs", "20000"),
    vitest("tests", "--exclude", "test/faults/**"),
    vitest("faults", "test/faults"),
  ],
} as const satisfies Record<string, readonly Stage[]>;
