import { join } from "node:path";
import { createChain } from "@farlabs/chain";
import { createClient } from "@farlabs/sdk";
import { type Context, defineCommand } from "../args/command.ts";
import { type NetworkFile, readNetworkFile } from "../credentials/networkFile.ts";
import { readJsonFile } from "../credentials/privateFile.ts";
import { CliError } from "../errors.ts";
import { formatFar } from "../format/far.ts";
import { printable } from "../terminal/hostile.ts";
import { table } from "../terminal/table.ts";
import { notedProcess } from "../up/childProcess.ts";
import { runningInstance } from "../up/instanceLock.ts";

const PARTS = ["database", "chain", "server", "agent"] as const;

const settled = (epoch: number): string => (epoch === 0 ? "no epoch settled yet" : `epoch ${epoch} settled`);

/** A question that a part which is down must not keep from the others. */
const orNull = <T>(question: Promise<T>): Promise<T | null> => question.catch(() => null);

async function facts(file: NetworkFile, stateDir: string) {
  const client = createClient({ baseUrl: file.api, apiKey: file.apiKey, retry: { retriesMax: 0 }, timeoutMs: 5_000 });
  const chain = createChain({ rpcUrl: file.rpc, chainId: file.chainId, contracts: file.contracts });
  const [block, escrow, staking, models, stats, balances, solvency] = await Promise.all([
    orNull(chain.reader.getBlockNumber()),
    orNull(chain.escrowState()),
    orNull(chain.stakingMetrics()),
    orNull(client.models.list()),
    orNull(client.network.stats()),
    orNull(client.balances.list()),
    orNull(client.network.solvency()),
  ]);
  const saved = readJsonFile(join(stateDir, "chain", "saved.json"))?.block ?? null;
  return {
    block: block?.toString() ?? null,
    confirmed_block: saved,
    treasury: escrow?.treasuryWei.toString() ?? null,
    reserve: staking?.reserveWei.toString() ?? null,
    models: models?.map((m) => m.id) ?? null,
    ...{ stats, balances, solvency },
  };
}

function show(
  { terminal }: Context,
  shown: { file: NetworkFile; parts: Record<string, number | null>; facts: Awaited<ReturnType<typeof facts>> },
): void {
  const { style } = terminal;
  const { file, parts } = shown;
  const { models, stats, balances, solvency, block, confirmed_block: confirmed, treasury, reserve } = shown.facts;
  const part = (name: string): string[] => {
    const pid = parts[name];
    return [name, typeof pid === "number" ? style.green(`runs (pid ${pid})`) : style.red("down")];
  };
  const unknown = style.red("no answer");
  const rows = [
    ...PARTS.map(part),
    ["API", `${file.api}/v1`],
    ["realtime", file.realtime],
    ["chain", `${file.rpc}, id ${file.chainId}, block ${block ?? unknown}, confirmed ${String(confirmed ?? "–")}`],
    ["models", models === null ? unknown : models.length === 0 ? "none can answer now" : printable(models.join(", "))],
    [
      "nodes",
      stats === null
        ? unknown
        : `${stats.available_nodes} free of ${stats.total_nodes}, ${stats.pending_tasks} tasks waiting, ${stats.throughput} tasks/s`,
    ],
    [
      "balance",
      balances === null
        ? unknown
        : balances
            .filter((b) => b.asset === "FAR")
            .map((b) => `${formatFar(BigInt(b.available))} FAR (${b.wallet})`)
            .join(", "),
    ],
    [
      "treasury",
      treasury === null || reserve === null
        ? unknown
        : `${formatFar(BigInt(treasury))} FAR in the escrow, ${formatFar(BigInt(reserve))} in the stakers' reserve`,
    ],
    [
      "solvency",
      solvency === null
        ? unknown
        : `difference ${formatFar(BigInt(solvency.difference))} FAR, ${settled(solvency.last_settled_epoch)}, ${formatFar(BigInt(solvency.unsettled))} FAR unsettled`,
    ],
  ];
  for (const line of table(rows)) terminal.out(line);
}

export const status = defineCommand({
  usage: "",
  description:
    "Shows the network of this clone: which parts run, block heights, models that can answer, balances, whether ledger and chain agree, links. Exits with 7 when it does not run or does not answer.",
  options: {},
  positionals: { min: 0, max: 0 },
  examples: ["far status", "far status --json"],
  run: async (context) => {
    const { config, terminal, isJson } = context;
    const { stateDir } = config;
    const instance = runningInstance(stateDir);
    const parts = Object.fromEntries(PARTS.map((name) => [name, notedProcess(stateDir, name)?.pid ?? null]));
    const file = readNetworkFile(stateDir);
    if (instance === null || file === null) {
      const left = PARTS.filter((name) => parts[name] !== null);
      const starting =
        instance === null
          ? "The network does not run."
          : `The network is starting or stopping (process ${instance.pid}).`;
      const orphans = instance === null && left.length > 0 ? ` Left from a killed run: ${left.join(", ")}.` : "";
      throw new CliError("unreachable", "not_running", { message: starting + orphans, hint: "Start it with far up." });
    }
    const found = await facts(file, stateDir);
    if (isJson)
      terminal.out(
        JSON.stringify(
          { pid: instance.pid, parts, api: file.api, realtime: file.realtime, rpc: file.rpc, ...found },
          null,
          2,
        ),
      );
    else show(context, { file, parts, facts: found });
    if (found.stats !== null) return 0;
    throw new CliError("unreachable", "no_answer", {
      message: `${file.api} does not answer.`,
      hint: `Its log: ${join(stateDir, "logs", "server.log")}`,
    });
  },
});
