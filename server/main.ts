import { ConfigError } from "#platform/config";
import { createRunner, type Runner } from "#platform/runner";
import { compose } from "./compose.ts";

let runner: Runner | undefined;
try {
  await compose(process.env, (log) => {
    runner = createRunner(log);
    return runner;
  });
} catch (error) {
  const text =
    error instanceof ConfigError
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
  process.stderr.write(`${text}\n`);
  await runner?.stop();
  process.exit(1);
}
