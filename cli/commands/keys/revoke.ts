import { defineCommand } from "../../args/command.ts";
import { networkOptions } from "../../args/globalOptions.ts";

export const revoke = defineCommand({
  usage: "ID",
  description: "Ends an API key, within seconds everywhere. Needs a session (far login).",
  options: { url: networkOptions.url },
  positionals: { min: 1, max: 1 },
  examples: ["far keys revoke key_01h…"],
  run: async ({ credentials, terminal, isJson, signal }, { positionals }) => {
    const id = positionals[0] ?? "";
    await credentials.sessionClient().keys.revoke(id, { signal });
    terminal.out(isJson ? JSON.stringify({ id, revoked: true }) : `${id} is revoked.`);
    return 0;
  },
});
