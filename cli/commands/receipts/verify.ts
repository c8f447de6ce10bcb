import { readFile } from "node:fs/promises";
import { type ReceiptCheck, verifyReceipt } from "@farlabs/sdk/receipts";
import { defineCommand } from "../../args/command.ts";
import { CliError } from "../../errors.ts";
import { printable } from "../../terminal/hostile.ts";

/** A receipt of many nodes is some kilobytes. */
const FILE_BYTES_MAX = 16 * 1_048_576;

/** @throws CliError `usage` for what cannot be read or is no JSON */
async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch((cause: Error) => {
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

const MARKS = { ok: "✓", failed: "✗", not_checked: "–" } as const;

export const verify = defineCommand({
  usage: "FILE [--rpc URL] [--contract ADDRESS]",
  description:
    "Checks a receipt with nothing but the file: signatures, arithmetic, paths, bindings. With --rpc, an RPC url of its chain, also the signer's role and the epoch that settled it; without, these are said to be not checked. Asks no server of the network. Exits with 0 when nothing failed, with 1 when a check failed, with 2 when the file cannot be read.",
  options: {
    rpc: { type: "string", value: "URL", help: "JSON-RPC of the receipt's chain" },
    contract: { type: "string", value: "ADDRESS", help: "the escrow contract that the receipt must be of" },
  },
  positionals: { min: 1, max: 1 },
  examples: ["far receipts verify receipt.json", "far receipts verify receipt.json --rpc http://127.0.0.1:8545"],
  run: async ({ terminal, isJson }, { options, positionals }) => {
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
    return report.ok ? 0 : 1;
  },
});
