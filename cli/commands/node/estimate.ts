import { readMachine } from "@farlabs/agent";
import { defineCommand } from "../../args/command.ts";
import { networkOptions } from "../../args/globalOptions.ts";
import { parseCount } from "../../args/parse.ts";
import { CliError } from "../../errors.ts";
import { formatCharge } from "../../format/far.ts";
import { printable } from "../../terminal/hostile.ts";
import { table } from "../../terminal/table.ts";

const positive = (text: string | undefined, name: string): number | undefined => {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new CliError("usage", "usage", { message: `${name} must be a number above 0, not "${text}".` });
};

const SPEED_FROM: Record<string, string> = {
  given: "as you said",
  same_gpu_now: "what the same GPU does here now",
  catalogue: "the catalogue's figure for fit hardware",
};

export const estimate = defineCommand({
  usage: "MODEL [--gpu NAME] [--vram GB]",
  description:
    "Says what a GPU would earn with a model at the demand of the last 24 hours. Without --gpu it asks for this machine. An estimate: demand changes, and it says what it assumes.",
  options: {
    ...networkOptions,
    gpu: { type: "string", value: "NAME", help: "GPU model; default: this machine's" },
    vram: { type: "string", value: "GB", help: "its video memory; default: this machine's" },
    slots: { type: "string", value: "N", help: "requests at once (default 4)" },
    speed: { type: "string", value: "T", help: "output tokens a second of one stream, where you measured it" },
  },
  positionals: { min: 1, max: 1 },
  examples: ["far node estimate far-mini", 'far node estimate llama-70b --gpu "NVIDIA H200" --vram 141 --speed 60'],
  run: async ({ client, terminal, isJson, signal }, { positionals, options }) => {
    const [model = ""] = positionals;
    const machine = await readMachine();
    const speed = positive(options.speed, "--speed");
    const found = await client().nodes.estimate(
      {
        model,
        gpu_model: options.gpu ?? machine.gpuModel,
        vram: positive(options.vram, "--vram") ?? machine.vramGb,
        slots: options.slots === undefined ? 4 : parseCount(options.slots, { name: "--slots", min: 1, max: 1_024 }),
        ...(speed === undefined ? {} : { tokens_per_second: speed }),
      },
      { signal },
    );
    if (isJson) {
      terminal.out(JSON.stringify(found, null, 2));
      return 0;
    }
    const { demand, earnings } = found;
    if (!found.fits) terminal.out(terminal.style.yellow(printable(found.reason ?? "It does not fit.")));
    const rows = [
      ["GPU", printable(found.gpu_model)],
      ["Speed", `${found.tokens_per_second} tokens/s a stream, ${SPEED_FROM[found.speed_from] ?? found.speed_from}`],
      [
        "Demand",
        `${demand.tasks} tasks, ${demand.output_tokens} output tokens, ${formatCharge(BigInt(demand.charge))} FAR in ${demand.hours} h`,
      ],
      ["Nodes that serve it", String(found.nodes_now)],
      [
        "Your share",
        `${(found.share * 100).toFixed(1)} %, the GPU busy ${(found.utilisation * 100).toFixed(1)} % of the time`,
      ],
      ["A day", `${formatCharge(BigInt(earnings.per_day))} FAR`],
      ["30 days", `${formatCharge(BigInt(earnings.per_30_days))} FAR`],
    ];
    for (const line of table(rows)) terminal.out(line);
    for (const text of found.assumptions) terminal.note(terminal.noteStyle.dim(`· ${printable(text)}`));
    return 0;
  },
});
