import type { Page } from "@farlabs/sdk";
import { defineCommand } from "../../args/command.ts";
import { networkOptions } from "../../args/globalOptions.ts";
import { parseCount } from "../../args/parse.ts";
import { formatTime } from "../../format/date.ts";
import { formatCharge } from "../../format/far.ts";
import { printable } from "../../terminal/hostile.ts";
import { table } from "../../terminal/table.ts";

interface ReceiptLine {
  task_id: string;
  model: string;
  input_tokens: number;
  output_tokens: number;
  charge: string;
  proof: { inclusion: { epoch: number } | null };
  /** Unix time, milliseconds. */
  created_at: number;
}

export const list = defineCommand({
  usage: "[--limit N] [--cursor C]",
  description:
    "Lists the receipts of your tasks, the newest first: what each was charged for, and the epoch that settled it on chain.",
  options: {
    ...networkOptions,
    limit: { type: "string", value: "N", help: "how many, at most 100 (default 20)" },
    cursor: { type: "string", value: "C", help: "where the last page ended" },
  },
  positionals: { min: 0, max: 0 },
  examples: ["far receipts list"],
  run: async ({ client, terminal, isJson, signal }, { options }) => {
    const limit = parseCount(options.limit ?? "20", { name: "--limit", min: 1, max: 100 });
    const query = { limit, cursor: options.cursor };
    const page = await client().request<Page<ReceiptLine>>({
      method: "GET",
      path: "/api/v1/receipts",
      query,
      signal,
    });
    if (isJson) {
      terminal.out(JSON.stringify(page, null, 2));
      return 0;
    }
    const rows = page.data.map((r) => [
      r.task_id,
      formatTime(r.created_at),
      printable(r.model),
      `${r.input_tokens} + ${r.output_tokens} tokens`,
      `${formatCharge(BigInt(r.charge))} FAR`,
      r.proof.inclusion === null ? "not yet settled" : `epoch ${r.proof.inclusion.epoch}`,
    ]);
    for (const line of table(rows, { alignRight: [3, 4] })) terminal.out(line);
    if (page.data.length === 0) terminal.note("No receipts yet.");
    if (page.next_cursor !== null) terminal.note(`More: far receipts list --cursor ${page.next_cursor}`);
    return 0;
  },
});
