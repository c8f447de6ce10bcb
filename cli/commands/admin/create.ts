import { defineCommand } from "../../args/command.ts";
import { renewAdminToken } from "../../credentials/secrets.ts";
import { CliError } from "../../errors.ts";
import { runningInstance } from "../../up/instanceLock.ts";

export const create = defineCommand({
  usage: "",
  description:
    "Makes a new admin token for this clone's network and prints it; the old one ends. It counts from the next far up on. Only local networks have such a token: a server in production refuses it.",
  options: {},
  positionals: { min: 0, max: 0 },
  examples: ["far admin create", "far admin create --json"],
  run: async ({ config, terminal, isJson }) => {
    const token = renewAdminToken(config.stateDir);
    if (token === null) {
      const message = "This clone has no network yet.";
      throw new CliError("notFound", "no_network", { message, hint: "Start one with far up." });
    }
    terminal.out(isJson ? JSON.stringify({ admin_token: token }) : token);
    if (runningInstance(config.stateDir) !== null) terminal.note("It counts after far down and far up.");
    return 0;
  },
});
