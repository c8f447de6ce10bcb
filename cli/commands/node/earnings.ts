import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { NodeEarnings } from "@farlabs/sdk";
import { type Context, defineCommand } from "../../args/command.ts";
import { networkOptions } from "../../args/globalOptions.ts";
import { parseCount } from "../../args/parse.ts";
import { operatorClient } from "../../credentials/operatorClient.ts";
import { CliError } from "../../errors.ts";
import { formatDate } from "../../format/date.ts";
import { formatCharge } from "../../format/far.ts";
import { printable } from "../../terminal/hostile.ts";
import { table } from "../../terminal/table.ts";

const far = (wei: string): string => `${formatCharge(BigInt(wei))} FAR`;
const time = (iso: string): string => formatDate(Date.parse(iso));

function printSummary({ terminal }: Context, e: NodeEarnings): void {
  const { style } = terminal;
  const due = e.pending_due_at === null ? "" : `, by ${time(e.pending_due_at)} at the latest`;
  const rows = [
    [style.bold("Earned"), far(e.earned)],
    ["  claimed", far(e.paid)],
    ["  settled, to be claimed", far(e.claimable)],
    ["  pending", `${far(e.pending)}${due}`],
    ["  held as stake", `${far(e.held)}, ${far(e.held_pending)} to come`],
    [style.bold("Owner wallet"), printable(e.owner)],
    ["  to claim now", `${far(e.wallet.claimable)}   (far claim)`],
    ["  claimed", far(e.wallet.claimed)],
  ];
  for (const line of table(rows)) terminal.out(line);
  if (e.unpaid.length === 0) return terminal.note(`Since ${time(e.unpaid_since)} no attempt went unpaid.`);
  terminal.out(style.bold(`Unpaid since ${time(e.unpaid_since)}`));
  for (const u of e.unpaid) {
    terminal.out(`  ${u.attempts}× ${printable(u.code)}: ${printable(u.explanation)}`);
    if (u.remedy !== null) terminal.out(`     ${style.dim(`→ ${printable(u.remedy)}`)}`);
  }
}

/** The node named, or the account's only one. @throws CliError */
async function nodeOf(
  context: Context,
  client: Awaited<ReturnType<typeof operatorClient>>,
  id: string | undefined,
): Promise<string> {
  if (id !== undefined) return id;
  const { data } = await client.nodes.list({ limit: 100 }, { signal: context.signal });
  const [only] = data;
  if (only === undefined)
    throw new CliError("notFound", "no_nodes", { message: "This account has no nodes: far node start --help" });
  if (data.length > 1)
    throw new CliError("usage", "usage", { message: `Name one of: ${data.map((n) => n.node_id).join(", ")}` });
  return only.node_id;
}

export const earnings = defineCommand({
  usage: "[NODE_ID] [--tasks N | --csv FILE]",
  description:
    "Shows what a node earned: settled, pending and until when, held as stake, and why other attempts earned nothing. With --tasks row by row; with --csv everything, to a file.",
  options: {
    ...networkOptions,
    tasks: { type: "string", value: "N", help: "the newest N tasks, each with how it stands" },
    csv: { type: "string", value: "FILE", help: "write all rows as CSV; - for stdout" },
  },
  positionals: { min: 0, max: 1 },
  examples: ["far node earnings", "far node earnings --tasks 20", "far node earnings --csv november.csv"],
  run: async (context, { positionals, options }) => {
    const { terminal, isJson, signal } = context;
    const client = await operatorClient(context, options.key);
    const id = await nodeOf(context, client, positionals[0]);
    if (options.csv !== undefined) {
      const lines = client.nodes.earningsCsv(id, { signal });
      if (options.csv === "-") for await (const text of lines) terminal.write(text);
      else {
        await pipeline(lines, createWriteStream(options.csv));
        terminal.note(`Written to ${options.csv}.`);
      }
      return 0;
    }
    if (options.tasks === undefined) {
      const summary = await client.nodes.earnings(id, { signal });
      if (isJson) terminal.out(JSON.stringify(summary, null, 2));
      else printSummary(context, summary);
      return 0;
    }
    const limit = parseCount(options.tasks, { name: "--tasks", min: 1, max: 200 });
    const { data } = await client.nodes.earningRows(id, { limit }, { signal });
    if (isJson) terminal.out(JSON.stringify(data, null, 2));
    const rows = data.map((r) => [
      time(r.at),
      printable(r.task_id),
      printable(r.model),
      far(r.amount),
      r.state === "unpaid" ? terminal.style.yellow(r.state) : r.state,
      printable(r.reason?.code ?? (r.epoch === null ? "" : `epoch ${r.epoch}`)),
    ]);
    if (!isJson) for (const line of table(rows, { alignRight: [3] })) terminal.out(line);
    if (rows.length === 0 && !isJson) terminal.note("This node has done nothing yet.");
    return 0;
  },
});
