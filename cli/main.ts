import { readConfig } from "./config.ts";
import { run } from "./run.ts";
import { createTerminal } from "./terminal/terminal.ts";

const config = readConfig();
const stop = new AbortController();
let stopsAsked = 0;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    stopsAsked += 1;
    stop.abort();
    // A third Ctrl-C means now; what was started is found and ended by the next start.
    if (stopsAsked > 2 && signal === "SIGINT") process.exit(130);
  });
}
// `far models | head -1` closes the pipe early; that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

const terminal = createTerminal(config);
const code = await run({ args: process.argv.slice(2), terminal, config, signal: stop.signal });
// Whatever still holds the process (a kept-alive connection) must not: the command is done once its output is out.
process.stdout.write("", () => process.exit(code));
