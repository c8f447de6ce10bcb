import { defineCommand } from "../args/command.ts";
import { networkOptions } from "../args/globalOptions.ts";
import { formatFar } from "../format/far.ts";
import { table } from "../terminal/table.ts";

export const balance = defineCommand({
  usage: "[--url URL]",
  description:
    "Shows what each of your wallets can spend, and what running tasks hold. It is the ledger's number: a deposit counts once its block is confirmed.",
  options: networkOptions,
  positionals: { min: 0, max: 0 },
  examples: ["far balance", "far balance --json"],
  run: async ({ client, terminal, isJson, signal }) => {
    const balances = await client().balances.list({ signal });
    if (isJson) {
      terminal.out(JSON.stringify(balances, null, 2));
      return 0;
    }
    if (balances.length === 0) terminal.note("This account has no wallet.");
    const rows = balances.map((b) => [
      b.wallet,
      `${terminal.style.bold(formatFar(BigInt(b.available)))} ${b.asset}`,
      b.reserved === "0" ? "" : `${formatFar(BigInt(b.reserved))} held by running tasks`,
      b.frozen ? terminal.style.yellow("frozen: an exit is under way") : "",
    ]);
    for (const line of table(rows, { alignRight: [1] })) terminal.out(line);
    return 0;
  },
});
