import { defineCommand } from "../../args/command.ts";
import { networkOptions } from "../../args/globalOptions.ts";

export const cancel = defineCommand({
  usage: "ID",
  description: "Stops a task. What its node had delivered is charged; without any output nothing is.",
  options: networkOptions,
  positionals: { min: 1, max: 1 },
  examples: ["far tasks cancel task_01h…"],
  run: async ({ client, terminal, isJson, signal }, { positionals }) => {
    const answer = await client().tasks.cancel(positionals[0] ?? "", { signal });
    terminal.out(isJson ? JSON.stringify(answer) : `${answer.task_id} is ${answer.status}`);
    return 0;
  },
});
