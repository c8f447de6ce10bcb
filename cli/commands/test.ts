import { defineCommand } from "../args/command.ts";
import { runStage, type StageResult } from "../checks/runStage.ts";
import { STAGES } from "../checks/stages.ts";
import { testPython } from "../checks/testPython.ts";
import { CliError } from "../errors.ts";
import { formatMs } from "../format/time.ts";

type Kind = keyof typeof STAGES;

function kindOf(text: string): Kind {
  if (text === "screens") {
    throw new CliError("usage", "not_here", {
      message: "There are no screens to test: the web is not part of this release.",
    });
  }
  if (text in STAGES) return text as Kind;
  throw new CliError("usage", "usage", {
    message: `There is no test "${text}"; choose faults or deep, or none for everything quick.`,
  });
}

export const test = defineCommand({
  usage: "[faults|deep]",
  description:
    "Checks structure, types and style, then runs the contracts' tests and all others on a PostgreSQL, chain and engine of their own. faults: kills and cuts at every point; deep: everything, with many more fuzz runs. The last line counts.",
  options: { verbose: { type: "boolean", help: "show all output, not only that of what failed" } },
  positionals: { min: 0, max: 1 },
  examples: ["far test", "far test faults", "far test --json"],
  run: async ({ config, terminal, isJson, signal }, { options, positionals }) => {
    const { style } = terminal;
    const results: StageResult[] = [];
    const stages = STAGES[kindOf(positionals[0] ?? "all")];
    const foreign = testPython(config.root, config.inherited.FAR_TEST_PYTHON);
    if ("reason" in foreign && !isJson)
      terminal.out(`skipped: tests against an engine and a verifier that are not ours: ${foreign.reason}`);
    const inherited = "python" in foreign ? { ...config.inherited, FAR_TEST_PYTHON: foreign.python } : config.inherited;
    // The stages write to a pipe and would leave colours away.
    const isColoured = !isJson && style.bold("") !== "";
    const isVerbose = options.verbose === true && !isJson;
    for (const stage of stages) {
      if (signal.aborted) return 130;
      if (!isJson && terminal.isLive) terminal.status(`… ${stage.name}`);
      const onOutput = (text: string): void => (isVerbose ? terminal.write(text) : undefined);
      const env = isColoured ? { ...inherited, FORCE_COLOR: "1" } : inherited;
      const result = await runStage(stage, { root: config.root, env, signal, onOutput });
      results.push(result);
      if (isJson) continue;
      if (terminal.isLive) terminal.status("");
      if (result.failed > 0 && !isVerbose) terminal.out(result.output.trimEnd());
      const mark = result.failed === 0 ? style.green("✓") : style.red("✗");
      const counts = `${result.passed} passed${result.failed === 0 ? "" : `, ${result.failed} failed`}`;
      terminal.out(`${mark} ${stage.name}: ${counts} ${style.dim(formatMs(result.durationMs))}`);
    }
    const passed = results.reduce((sum, r) => sum + r.passed, 0);
    const failed = results.reduce((sum, r) => sum + r.failed, 0);
    if (isJson) {
      terminal.out(JSON.stringify({ passed, failed, stages: results.map(({ output: _, ...r }) => r) }, null, 2));
    } else terminal.out(`${passed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  },
});
