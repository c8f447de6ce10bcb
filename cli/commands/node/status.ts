import type { NodeInfo } from "@farlabs/sdk";
import { defineCommand } from "../../args/command.ts";
import { networkOptions } from "../../args/globalOptions.ts";
import { operatorClient } from "../../credentials/operatorClient.ts";
import { formatCharge } from "../../format/far.ts";
import { printable } from "../../terminal/hostile.ts";
import { table } from "../../terminal/table.ts";
import type { Style } from "../../terminal/terminal.ts";

function row(n: NodeInfo, style: Style): string[] {
  const state = n.draining && n.status !== "offline" ? "draining" : n.status;
  return [
    printable(n.node_id),
    state === "online" ? style.green(state) : style.yellow(state),
    `score ${n.reliability_score}`,
    `${n.slots.used}/${n.slots.total} slots`,
    `${n.tasks_completed} tasks`,
    `earned ${formatCharge(BigInt(n.total_earned))} FAR`,
    printable(n.models.join(", ")),
    printable(n.gpu_model),
  ];
}

export const status = defineCommand({
  usage: "[NODE_ID]",
  description:
    "Shows your nodes: state, score, slots, work done and earned. On this clone's network it shows the demo operator's.",
  options: networkOptions,
  positionals: { min: 0, max: 1 },
  examples: ["far node status", "far node status --json"],
  run: async (context, { positionals, options }) => {
    const { terminal, isJson, signal } = context;
    const client = await operatorClient(context, options.key);
    const [id] = positionals;
    const nodes =
      id === undefined
        ? (await client.nodes.list({ limit: 100 }, { signal })).data
        : [await client.nodes.status(id, { signal })];
    if (isJson) terminal.out(JSON.stringify(nodes, null, 2));
    else for (const line of table(nodes.map((n) => row(n, terminal.style)))) terminal.out(line);
    if (nodes.length === 0 && !isJson) terminal.note("This account has no nodes: far node start --help");
    return 0;
  },
});
