import { defineCommand } from "../args/command.ts";
import { networkOptions } from "../args/globalOptions.ts";
import { printable } from "../terminal/hostile.ts";
import { table } from "../terminal/table.ts";

const dollars = (micro: unknown): string => (typeof micro === "string" ? `$${(Number(micro) / 1e6).toFixed(2)}` : "–");
const text = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? printable(String(value)) : "–";

export const models = defineCommand({
  usage: "[--url URL]",
  description: "Lists the models that can answer now, the fastest first. Prices are US dollars per 1 M tokens.",
  options: networkOptions,
  positionals: { min: 0, max: 0 },
  examples: ["far models", "far models --json | jq -r '.[0].id'"],
  run: async ({ client, terminal, isJson, signal }) => {
    const list = await client().models.list({ signal });
    if (isJson) {
      terminal.out(JSON.stringify(list, null, 2));
      return 0;
    }
    if (list.length === 0) terminal.note("No model can answer now: no node is online.");
    const rows = list.map((m) => {
      const { input_micro_usd_per_1m: input, output_micro_usd_per_1m: output } = (m.pricing ?? {}) as Record<
        string,
        unknown
      >;
      const facts = [text(m.context_length), dollars(input), dollars(output), text(m.tokens_per_second), text(m.nodes)];
      return [terminal.style.bold(printable(m.id)), ...facts, text(m.label ?? "")];
    });
    const head = ["MODEL", "CONTEXT", "INPUT", "OUTPUT", "TOKENS/S", "NODES", ""];
    if (rows.length > 0) for (const line of table([head, ...rows], { alignRight: [1, 2, 3, 4, 5] })) terminal.out(line);
    return 0;
  },
});
