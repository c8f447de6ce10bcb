import { defineCommand } from "../args/command.ts";
import { CliError } from "../errors.ts";
import { endOrphans } from "../up/endOrphans.ts";
import { runningInstance } from "../up/instanceLock.ts";
import { ended } from "../up/processIdentity.ts";

const STOP_MS_MAX = 60_000;

export const down = defineCommand({
  usage: "",
  description:
    "Stops the network that far up started from this clone, in order, and waits until it is down. State stays. After a kill -9 it ends the parts that were left.",
  options: {},
  positionals: { min: 0, max: 0 },
  examples: ["far down"],
  run: async ({ config, terminal, isJson }) => {
    const { stateDir } = config;
    const instance = runningInstance(stateDir);
    let left: string[] = [];
    if (instance !== null) {
      process.kill(instance.pid, "SIGTERM");
      if (!(await ended(instance, STOP_MS_MAX))) {
        const message = `far up (process ${instance.pid}) has not ended after ${STOP_MS_MAX / 1_000} s.`;
        throw new CliError("failed", "does_not_stop", {
          message,
          hint: `kill -9 ${instance.pid}; the next far up cleans up.`,
        });
      }
    } else left = await endOrphans(stateDir);
    const stopped = instance !== null || left.length > 0;
    if (isJson) terminal.out(JSON.stringify({ stopped, left_behind: left }));
    else if (instance !== null) terminal.out("The network is down.");
    else
      terminal.out(
        left.length === 0 ? "No network runs here." : `Ended what a killed run had left: ${left.join(", ")}.`,
      );
    return 0;
  },
});
