import { defineCommand } from "../../args/command.ts";
import { networkOptions } from "../../args/globalOptions.ts";

export const show = defineCommand({
  usage: "TASK_ID",
  description:
    "Prints the receipt of a task as JSON: payer, nodes and tokens, prices, rate, charge, split, hashes and the epoch that settled it. Amounts are wei.",
  options: networkOptions,
  positionals: { min: 1, max: 1 },
  examples: ["far receipts show task_01h… > receipt.json"],
  run: async ({ client, terminal, signal }, { positionals }) => {
    const path = `/api/v1/tasks/${encodeURIComponent(positionals[0] ?? "")}/receipt`;
    terminal.out(JSON.stringify(await client().request<unknown>({ method: "GET", path, signal }), null, 2));
    return 0;
  },
});
