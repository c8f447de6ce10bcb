import { forgeCounts, oneCheck, type Stage, vitestCounts } from "./stage.ts";

const VITEST = "node_modules/vitest/vitest.mjs";
const vitest = (name: string, ...args: string[]): Stage => ({
  name,
  args: [VITEST, "run", ...args],
  count: vitestCounts,
});
/** Vitest has a test that runs forge, for those who run Vitest alone; here forge runs by itself, so that its tests are counted. */
const tests = vitest("tests", "--exclude", "test/faults/**", "-t", "^(?!forge's own tests pass)");
const forge: Stage = { name: "contracts", args: ["contracts/forge.ts", "test"], count: forgeCounts };

const checks: readonly Stage[] = [
  { name: "structure", args: ["scripts/check-structure.ts"], count: oneCheck },
  { name: "types", args: ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "tsconfig.json"], count: oneCheck },
  { name: "lint", args: ["node_modules/@biomejs/biome/bin/biome", "check", "."], count: oneCheck },
];

/** What `far test KIND` runs, in order: what is quick to fail comes first. */
export const STAGES = {
  all: [...checks, forge, tests],
  faults: [vitest("faults", "test/faults")],
  deep: [
    ...checks,
    { ...forge, env: { FOUNDRY_PROFILE: "deep" } },
    { ...tests, env: { FAR_DEEP: "1" } },
    vitest("faults", "test/faults"),
  ],
} as const satisfies Record<string, readonly Stage[]>;
