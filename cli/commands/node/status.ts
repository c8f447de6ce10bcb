import type { NodeInfo } from "@farlabs/sdk";
import { defineCommand } from "../../args/command.ts";
import { networkOptions } from "../../args/globalOptions.ts";
import { operatorClient } from "../../credentials/operatorClient.ts";
import { formatCharge, formatFar } from "../../format/far.ts";
import { printable } from "../../terminal/hostile.ts";
import { table } from "../../terminal/table.ts";
import type { Style, Terminal } from "../../terminal/terminal.ts";

function row(n: NodeInfo, style: Style): string[] {
  const state = n.draining && n.status !== "offline" ? "draining" : n.status;
  const { stake } = n;
  const risk = BigInt(stake.in_flight) + BigInt(stake.unsettled);
  return [
    printable(n.node_id),
    state === "online" ? style.green(state) : style.yellow(state),
    `score ${n.reliability_score}`,
    stake.state === "registered" ? stake.state.replace("_", " ") : style.yellow(stake.state.replace("_", " ")),
    `${formatFar(risk)} of ${formatFar(BigInt(stake.limit))} FAR at risk`,
    `${n.slots.used}/${n.slots.total} slots`,
    `${n.tasks_completed} tasks`,
    `earned ${formatCharge(BigInt(n.total_earned))} FAR`,
    printable(n.models.join(", ")),
    printable(n.gpu_model),
  ];
}

/** What the stake's state means and what to do, for one node. */
function explainStake({ stake }: NodeInfo, terminal: Terminal): void {
  terminal.out(`stake ${formatFar(BigInt(stake.stake))} FAR, ${formatFar(BigInt(stake.free))} free`);
  if (stake.withdrawable_at !== null)
    terminal.out(`unbonding ${formatFar(BigInt(stake.unbonding))} FAR until ${stake.withdrawable_at}`);
  terminal.out(printable(stake.explanation));
}

export const status = defineCommand({
  usage: "[NODE_ID]",
  description:
    "Shows your nodes: state, score, stake and what is at risk, slots, work done and earned. Of one node, also what its stake's state means. On this clone's network it shows the demo operator's.",
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
    if (!isJson && id !== undefined) for (const n of nodes) explainStake(n, terminal);
    if (nodes.length === 0 && !isJson) terminal.note("This account has no nodes: far node start --help");
    return 0;
  },
});
