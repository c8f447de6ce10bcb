import { defineCommand } from "../../args/command.ts";
import { networkOptions } from "../../args/globalOptions.ts";
import { parseCount } from "../../args/parse.ts";
import { formatTime } from "../../format/date.ts";
import { formatCharge } from "../../format/far.ts";
import { formatMs } from "../../format/time.ts";
import { printable } from "../../terminal/hostile.ts";
import { table } from "../../terminal/table.ts";

export const list = defineCommand({
  usage: "[--limit N] [--cursor C]",
  description: "Lists your tasks, the newest first, with what each cost.",
  options: {
    ...networkOptions,
    limit: { type: "string", value: "N", help: "how many, at most 100 (default 20)" },
    cursor: { type: "string", value: "C", help: "where the last page ended" },
  },
  positionals: { min: 0, max: 0 },
  examples: ["far tasks list", "far tasks list --limit 100 --json"],
  run: async ({ client, terminal, isJson, signal }, { options }) => {
    const limit = parseCount(options.limit ?? "20", { name: "--limit", min: 1, max: 100 });
    const { cursor } = options;
    const page = await client().tasks.list({ limit, ...(cursor === undefined ? {} : { cursor }) }, { signal });
    if (isJson) {
      terminal.out(JSON.stringify(page, null, 2));
      return 0;
    }
    const { style } = terminal;
    const state = (status: string): string =>
      status === "completed" ? style.green(status) : status === "failed" ? style.red(status) : style.yellow(status);
    const rows = page.data.map((t) => [
      t.task_id,
      formatTime(Date.parse(t.created_at)),
      printable(t.model),
      state(t.status),
      `${t.tokens_generated} tokens`,
      `${formatCharge(BigInt(t.cost_far))} FAR`,
      t.timings.total_ms === null ? "" : formatMs(t.timings.total_ms),
      t.error === null ? "" : printable(t.error.code),
    ]);
    for (const line of table(rows, { alignRight: [4, 5, 6] })) terminal.out(line);
    if (page.data.length === 0) terminal.note("No tasks yet.");
    if (page.next_cursor !== null) terminal.note(style.dim(`More: far tasks list --cursor ${page.next_cursor}`));
    return 0;
  },
});
