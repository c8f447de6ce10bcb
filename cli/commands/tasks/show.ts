import { defineCommand } from "../../args/command.ts";
import { networkOptions } from "../../args/globalOptions.ts";
import { explainTask } from "../../format/task.ts";

export const show = defineCommand({
  usage: "ID",
  description:
    "Explains one task: where its time went, what each node delivered and was paid for, what was charged and why, and why it was refused or failed.",
  options: networkOptions,
  positionals: { min: 1, max: 1 },
  examples: ["far tasks show task_01h…", "far tasks show task_01h… --json"],
  run: async ({ client, terminal, isJson, signal }, { positionals }) => {
    const task = await client().tasks.get(positionals[0] ?? "", { signal });
    if (isJson) terminal.out(JSON.stringify(task, null, 2));
    else for (const line of explainTask(task, terminal.style)) terminal.out(line);
    return 0;
  },
});
