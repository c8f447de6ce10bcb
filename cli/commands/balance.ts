import type { Balance } from "@farlabs/sdk";
import { defineCommand } from "../args/command.ts";
import { networkOptions } from "../args/globalOptions.ts";
import { formatFar, formatVcu } from "../format/far.ts";
import { table } from "../terminal/table.ts";

const amount = ({ asset, available }: Balance): string =>
  asset === "VCU" ? formatVcu(BigInt(available)) : formatFar(BigInt(available));

export const balance = defineCommand({
  usage: "[--url URL]",
  description:
    "Shows what each of your wallets can spend, your compute credits (1 VCU = $0.01 at list price), and what running tasks hold. It is the ledger's number: a deposit counts once its block is confirmed.",
  options: networkOptions,
  positionals: { min: 0, max: 0 },
  examples: ["far balance", "far balance --json"],
  run: async ({ client, terminal, isJson, signal }) => {
    const balances = await client().balances.list({ signal });
    if (isJson) {
      terminal.out(JSON.stringify(balances, null, 2));
      return 0;
    }
    const shown = balances.filter((b) => b.asset === "FAR" || b.available !== "0" || b.reserved !== "0");
    if (shown.length === 0) terminal.note("This account has no wallet.");
    const rows = shown.map((b) => [
      b.wallet ?? "compute credits",
      `${terminal.style.bold(amount(b))} ${b.asset}`,
      b.reserved === "0" ? "" : `${amount({ ...b, available: b.reserved })} held by running tasks`,
      b.frozen ? terminal.style.yellow("frozen: an exit is under way") : "",
    ]);
    for (const line of table(rows, { alignRight: [1] })) terminal.out(line);
    return 0;
  },
});
