import { defineCommand } from "../../args/command.ts";
import { networkOptions } from "../../args/globalOptions.ts";
import { operatorClient } from "../../credentials/operatorClient.ts";
import { printable } from "../../terminal/hostile.ts";

export const token = defineCommand({
  usage: "[NAME]",
  description:
    "Makes a join token and prints it, this once: with it an agent joins as a node that earns for your wallet. Works for any number of nodes until it is revoked. On this clone's network the demo operator earns.",
  options: networkOptions,
  positionals: { min: 0, max: 1 },
  examples: [
    "far node token",
    "far node token basement",
    "far node start --token $(far node token --json | jq -r .join_token)",
  ],
  run: async (context, { options, positionals }) => {
    const { terminal, isJson, signal } = context;
    const client = await operatorClient(context, options.key);
    const made = await client.nodes.createJoinToken({ name: positionals[0] ?? "" }, { signal });
    if (isJson) terminal.out(JSON.stringify(made, null, 2));
    else {
      terminal.out(printable(made.join_token));
      terminal.note(`Nodes that join with it earn for ${printable(made.owner_wallet)}.`);
    }
    return 0;
  },
});
