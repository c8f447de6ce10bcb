/** The agent as a process. */
import { readConfig } from "./config.ts";
import { AgentError, isOptionWrong } from "./errors.ts";
import { help } from "./help.ts";
import { createLog } from "./log.ts";
import { type Agent, startAgent } from "./startAgent.ts";

const DRAIN_MS = 30_000;

/** Drains on the first signal, stops on the second. */
function stopOnSignals(agent: Agent): void {
  let signals = 0;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      signals += 1;
      void (signals === 1 ? agent.drain(DRAIN_MS) : agent.stop());
    });
}

async function main(argv: readonly string[]): Promise<number> {
  const { help: helpWanted, verbose, options } = readConfig(argv);
  if (helpWanted) {
    process.stdout.write(help);
    return 0;
  }
  const agent = await startAgent({ ...options, log: createLog(undefined, verbose ? "debug" : "info") });
  stopOnSignals(agent);
  const end = await agent.closed;
  await agent.stop();
  return end.code === "stopped" ? 0 : 3;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const known = error instanceof AgentError;
    process.stderr.write(`far agent: ${error instanceof Error ? error.message : String(error)}\n`);
    if (!known && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
    process.exit(isOptionWrong(error) ? 2 : 1);
  },
);
