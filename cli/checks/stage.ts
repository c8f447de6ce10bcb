/** One part of `far test`. */
export interface Stage {
  name: string;
  /** Relative to the root; run with the Node that runs us. */
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Reads the counts out of the output and the exit code. */
  count(output: string, code: number): Counts;
}
export interface Counts {
  passed: number;
  failed: number;
}

/** A check without counts of its own is one test. */
export const oneCheck = (_output: string, code: number): Counts => ({
  passed: code === 0 ? 1 : 0,
  failed: code === 0 ? 0 : 1,
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour sequences
const COLOUR = /\u001b\[[\d;]*m/g;
const numberBefore = (line: string, word: string): number => Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0);

/** A failed run counts at least one failure, even where it broke before its first test; so does one that tested nothing. */
function atLeast(counts: Counts, code: number): Counts {
  const isSound = code === 0 && counts.passed > 0;
  return isSound ? counts : { ...counts, failed: Math.max(1, counts.failed) };
}

/** `Tests  3 failed | 120 passed (123)`, and files that could not even load. */
export function vitestCounts(output: string, code: number): Counts {
  const lines = output.replaceAll(COLOUR, "").split("\n");
  const tests = lines.findLast((line) => /^\s*Tests\s/.test(line)) ?? "";
  return atLeast({ passed: numberBefore(tests, "passed"), failed: numberBefore(tests, "failed") }, code);
}

/** `Ran 5 test suites …: 37 tests passed, 0 failed, 0 skipped (37 total tests)`. */
export function forgeCounts(output: string, code: number): Counts {
  const lines = output.replaceAll(COLOUR, "").split("\n");
  const ran = lines.findLast((line) => /^Ran \d+ test suites?/.test(line)) ?? "";
  return atLeast({ passed: numberBefore(ran, "tests passed"), failed: numberBefore(ran, "failed") }, code);
}
