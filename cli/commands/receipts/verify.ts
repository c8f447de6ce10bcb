import { readFile } from "node:fs/promises";
import { type ReceiptCheck, verifyReceipt } from "@farlabs/sdk/receipts";
import { defineCommand } from "../../args/command.ts";
import { CliError } from "../../errors.ts";
import { printable } from "../../terminal/hostile.ts";

/** A receipt of many nodes is some kilobytes. */
const FILE_BYTES_MAX = 16 * 1_048_576;

/** @throws CliError `usage` for what cannot be read or is no JSON */
async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT")
      throw new CliError("usage", "file_unreadable", { message: `There is no file ${path}.`, cause });
    throw new CliError("usage", "file_unreadable", { message: `${path} cannot be read: ${cause.message}`, cause });
  });
  if (text.length > FILE_BYTES_MAX)
    throw new CliError("usage", "file_too_large", { message: `${path} is too large to be a receipt.` });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CliError("usage", "file_not_json", { message: `${path} is not JSON.`, cause });
  }
}

const isAddress = (text: string): boolean => /^0x[0-9a-fA-F]{40}$/.test(text);
const isHttpUrl = (text: string): boolean => /^https?:$/.test(URL.parse(text)?.protocol ?? "");

/** @throws CliError `usage` */
function checkOptions({ rpc, contract }: { rpc?: string | undefined; contract?: string | undefined }): void {
  const problem =
    rpc !== undefined && !isHttpUrl(rpc)
      ? `--rpc must be an http or https URL, not "${rpc}".`
      : contract !== undefined && !isAddress(contract)
        ? `--contract must be an address, 0x and 40 hex digits, not "${contract}".`
        : null;
  if (problem !== null) throw new CliError("usage", "usage", { message: problem });
}

/** The checks for which a chain has to be asked. */
const OF_CHAIN: readonly string[] = ["signer role", "settlement"];

const MARKS = { ok: "✓", failed: "✗", not_checked: "–" } as const;

export const verify = defineCommand({
  usage: "FILE [--rpc URL] [--contract ADDRESS]",
  description:
    "Checks a receipt with nothing but the file: signatures, arithmetic, paths, bindings. With --rpc, an RPC url of its chain, also the signer's role and the epoch that settled it; without, these are said to be not checked. Asks no server of the network. Exits with 0 when nothing failed, with 1 when a check failed, with 2 when the file cannot be read, with 7 when --rpc was given and the chain did not answer.",
  options: {
    rpc: { type: "string", value: "URL", help: "JSON-RPC of the receipt's chain" },
    contract: { type: "string", value: "ADDRESS", help: "the escrow contract that the receipt must be of" },
  },
  positionals: { min: 1, max: 1 },
  examples: ["far receipts verify receipt.json", "far receipts verify receipt.json --rpc http://127.0.0.1:8545"],
  run: async ({ terminal, isJson }, { options, positionals }) => {
    checkOptions(options);
    const receipt = await readJson(positionals[0] ?? "");
    const report = await verifyReceipt(receipt, {
      ...(options.rpc === undefined ? {} : { rpcUrl: options.rpc }),
      ...(options.contract === undefined ? {} : { contract: options.contract }),
    });
    if (isJson) terminal.out(JSON.stringify(report, null, 2));
    else {
      const { style } = terminal;
      const paint = { ok: style.green, failed: style.red, not_checked: style.dim } as const;
      const line = ({ name, status, message }: ReceiptCheck): string =>
        `  ${paint[status](MARKS[status])} ${printable(name)}: ${printable(message)}`;
      for (const check of report.checks) terminal.out(line(check));
      const count = (status: ReceiptCheck["status"]): number => report.checks.filter((c) => c.status === status).length;
      const open = count("not_checked") === 0 ? "" : `, ${count("not_checked")} not checked`;
      terminal.out(report.ok ? `Nothing is wrong with it${open}.` : `${count("failed")} failed${open}.`);
    }
    if (!report.ok) return 1;
    const isSilent = report.checks.some((c) => c.status === "not_checked" && OF_CHAIN.includes(c.name));
    if (options.rpc === undefined || !isSilent) return 0;
    throw new CliError("unreachable", "chain_unavailable", {
      message: `The chain at ${options.rpc} was not asked, so what only it can say is not checked.`,
    });
  },
});
