import type { ChatMessage } from "@farlabs/sdk";
import { isFarApiError } from "@farlabs/sdk";
import { defineCommand } from "../args/command.ts";
import { networkOptions } from "../args/globalOptions.ts";
import { parseCount } from "../args/parse.ts";
import { type AskOptions, ask } from "../chat/ask.ts";
import { pickModel } from "../chat/pickModel.ts";
import { repl } from "../chat/repl.ts";
import { CliError } from "../errors.ts";

function temperatureOf(text: string): number {
  const value = Number(text);
  if (text !== "" && value >= 0 && value <= 2) return value;
  throw new CliError("usage", "usage", { message: `--temperature must lie between 0 and 2, not "${text}".` });
}

/** All of stdin, for `… | far chat`. */
async function readStdin(): Promise<string> {
  process.stdin.setEncoding("utf8");
  return (await process.stdin.toArray()).join("").trim();
}

export const chat = defineCommand({
  usage: '["PROMPT"] [--model M]',
  description:
    "Streams an answer into the terminal. Ctrl-C stops the task at its node; you pay for what had arrived. At the end: tokens, speed, charge and task id.\nWithout a prompt it is a conversation; from a pipe, the prompt is what comes in. The operator of the node can read what it computes.",
  options: {
    ...networkOptions,
    model: { type: "string", short: "m", value: "M", help: "default: the fastest that can answer now" },
    system: { type: "string", value: "TEXT", help: "what the model should be told first" },
    "max-tokens": { type: "string", value: "N", help: "the longest answer, tokens" },
    temperature: { type: "string", value: "T", help: "0 (always the likeliest) to 2" },
  },
  positionals: { min: 0, max: 1 },
  examples: [
    'far chat "How are operators paid?"',
    "far chat --model far-mini",
    "git diff | far chat --system 'Explain this change.'",
    'far chat --json "Hi" | jq .charge',
  ],
  run: async (context, { options, positionals }) => {
    const { terminal, isJson } = context;
    const maxTokens = options["max-tokens"];
    const limits = {
      maxTokens:
        maxTokens === undefined ? null : parseCount(maxTokens, { name: "--max-tokens", min: 1, max: 1_000_000 }),
      temperature: options.temperature === undefined ? null : temperatureOf(options.temperature),
    };
    const client = context.client();
    const model = options.model ?? (await pickModel(client, context.signal));
    const asking: AskOptions = { client, terminal, isJson, model, ...limits };
    const first: ChatMessage[] = options.system === undefined ? [] : [{ role: "system", content: options.system }];
    if (positionals[0] === undefined && terminal.isInteractive && !isJson) return repl(asking, first);
    const prompt = positionals[0] ?? (await readStdin());
    if (prompt === "")
      throw new CliError("usage", "usage", { message: "There is no prompt.", hint: 'Write far chat "…"' });
    const outcome = await ask(asking, {
      messages: [...first, { role: "user", content: prompt }],
      signal: context.signal,
    });
    if (outcome.error === null) return 0;
    if (isFarApiError(outcome.error) && outcome.error.code === "aborted") return 130;
    throw outcome.error;
  },
});
