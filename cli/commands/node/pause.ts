import { type Command, defineCommand } from "../../args/command.ts";
import { networkOptions } from "../../args/globalOptions.ts";
import { operatorClient } from "../../credentials/operatorClient.ts";
import { CliError } from "../../errors.ts";
import { printable } from "../../terminal/hostile.ts";

/** `pause` and `resume` differ in the switch they turn and in what they say. */
function switchCommand(p: {
  state: "drain" | "online";
  description: string;
  said: string;
  examples: string[];
}): Command {
  return defineCommand({
    usage: "[NODE_ID…]",
    description: p.description,
    options: networkOptions,
    positionals: { min: 0, max: 100 },
    examples: p.examples,
    run: async (context, { positionals, options }) => {
      const { terminal, isJson, signal } = context;
      const client = await operatorClient(context, options.key);
      const online = async (): Promise<string[]> =>
        (await client.nodes.list({ limit: 100 }, { signal })).data
          .filter((n) => n.status !== "offline")
          .map((n) => n.node_id);
      const ids = positionals.length > 0 ? positionals : await online();
      if (ids.length === 0)
        throw new CliError("notFound", "no_nodes", {
          message: "None of this account's nodes is online: far node status",
        });
      for (const id of ids) await client.nodes[p.state](id, { signal });
      if (isJson) terminal.out(JSON.stringify(ids.map((node_id) => ({ node_id, state: p.state }))));
      else for (const id of ids) terminal.out(`${printable(id)} ${p.said}`);
      return 0;
    },
  });
}

export const pause = switchCommand({
  state: "drain",
  said: "finishes what it runs and takes nothing new.",
  description:
    "Pauses your nodes, or those named: what runs ends and is paid, nothing new comes. A pause is no downtime and costs no score. They stay paused until `far node resume`.",
  examples: ["far node pause", "far node pause node_0x…_1a2b3c4d"],
});

export const resume = switchCommand({
  state: "online",
  said: "takes work again.",
  description: "Lets your paused nodes, or those named, take work again.",
  examples: ["far node resume"],
});
