import type { NetworkRevenue, OwnRevenue, RevenueAmount } from "@farlabs/sdk";
import { type Context, defineCommand } from "../args/command.ts";
import { networkOptions } from "../args/globalOptions.ts";
import { parseCount } from "../args/parse.ts";
import { operatorClient } from "../credentials/operatorClient.ts";
import { formatCharge } from "../format/far.ts";
import { table } from "../terminal/table.ts";

const DAYS_MAX = 366;

const row = (name: string, { amount_far: far, amount_usd: usd }: RevenueAmount): string[] => [
  name,
  `${formatCharge(BigInt(far))} FAR`,
  `$${usd}`,
];

function show({ terminal }: Context, days: number, shown: { network: NetworkRevenue; own: OwnRevenue }): void {
  const { network, own } = shown;
  const { style } = terminal;
  const print = (rows: string[][]): void => {
    for (const line of table(rows, { alignRight: [1, 2] })) terminal.out(`  ${line}`);
  };
  terminal.out(style.bold(`The network, last ${days} days`));
  print([
    row("users paid", network.total),
    row("operators", network.by_role.operators),
    row("stakers", network.by_role.stakers),
    row("treasury", network.by_role.treasury),
    row("paid by the treasury itself", network.paid_by_treasury),
  ]);
  const streams = Object.entries(network.by_stream);
  if (streams.length > 0) terminal.out(style.bold("By stream"));
  print(streams.map(([name, amount]) => row(name, amount)));
  terminal.out(style.bold("You"));
  print([row("earned as operator", own.operator), row("claimed as staker", own.staker)]);
  if (network.total.amount_far === "0") terminal.note("No revenue in this time yet.");
}

export const revenue = defineCommand({
  usage: "[--days N] [--operator]",
  description:
    "Shows what the network's products brought and who got it, and what your wallets earned as operator and claimed as staker. Dollars are at the rate of each task.",
  options: {
    ...networkOptions,
    days: { type: "string", value: "N", help: `today included, at most ${DAYS_MAX} (default 30)` },
    operator: { type: "boolean", help: "as this clone's demo operator" },
  },
  positionals: { min: 0, max: 0 },
  examples: ["far revenue", "far revenue --days 7 --json", "far revenue --operator"],
  run: async (context, { options }) => {
    const { terminal, isJson, signal } = context;
    const days = parseCount(options.days ?? "30", { name: "--days", min: 1, max: DAYS_MAX });
    const client = options.operator === true ? await operatorClient(context, options.key) : context.client();
    const summary = await client.revenue.summary({ days }, { signal });
    if (isJson) terminal.out(JSON.stringify(summary, null, 2));
    else show(context, days, summary);
    return 0;
  },
});
