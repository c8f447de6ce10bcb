import { writeFile } from "node:fs/promises";
import { defineCommand } from "../../args/command.ts";
import { networkOptions } from "../../args/globalOptions.ts";
import { CliError } from "../../errors.ts";

export const show = defineCommand({
  usage: "TASK_ID [--save FILE]",
  description:
    "Prints the receipt of a task as JSON, with everything to check it by: payer, nodes and tokens, prices, rate, charge, split, hashes, signatures, and the epoch that settled it. Amounts are wei. With --save it is written to a file, which must not be there yet.",
  options: {
    ...networkOptions,
    save: { type: "string", value: "FILE", help: "write it to a file, for far receipts verify" },
  },
  positionals: { min: 1, max: 1 },
  examples: ["far receipts show task_01h…", "far receipts show task_01h… --save receipt.json"],
  run: async ({ client, terminal, signal }, { options, positionals }) => {
    const path = `/api/v1/tasks/${encodeURIComponent(positionals[0] ?? "")}/receipt`;
    const text = JSON.stringify(await client().request<unknown>({ method: "GET", path, signal }), null, 2);
    const { save } = options;
    if (save === undefined) {
      terminal.out(text);
      return 0;
    }
    await writeFile(save, `${text}\n`, { flag: "wx" }).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "EEXIST")
        throw new CliError("conflict", "file_exists", {
          message: `${save} is there already; name another file.`,
          cause,
        });
      throw new CliError("conflict", "file_not_written", {
        message: `${save} cannot be written: ${cause.message}`,
        cause,
      });
    });
    terminal.note(`Saved. Check it any time: far receipts verify ${save}`);
    return 0;
  },
});
