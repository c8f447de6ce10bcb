import { createClient, type FarClient } from "@farlabs/sdk";
import { type Context, defineCommand } from "../../args/command.ts";
import { networkOptions } from "../../args/globalOptions.ts";
import { CliError } from "../../errors.ts";
import { printable } from "../../terminal/hostile.ts";

/** Something that settlement found, as `/api/v1/admin/findings` tells it. */
interface Finding {
  key: string;
  code: string;
  detail: string;
  severity: "halt" | "finding" | "alert";
  found_at: string;
  resolved_at: string | null;
  resolutions: { actor: string; reason: string; at: string }[];
}

const options = {
  url: networkOptions.url,
  token: { type: "string", value: "T", help: "the server's admin token (default: this clone's network)" },
} as const;

function adminOf({ credentials }: Context, token: string | undefined): FarClient {
  const accessToken = token ?? credentials.local()?.adminToken;
  if (accessToken === undefined) {
    const message = "Findings need the admin token of the network.";
    throw new CliError("credentials", "not_signed_in", { message, hint: "Pass it with --token." });
  }
  return createClient({ baseUrl: credentials.baseUrl(), accessToken });
}

/** What a person must do about it. */
const MEANING = { halt: "settlement has stopped", finding: "to be looked at", alert: "to be filled up" } as const;

function show({ terminal }: Context, finding: Finding): void {
  const { style } = terminal;
  const state = finding.resolved_at === null ? style.red(MEANING[finding.severity]) : style.green("resolved");
  terminal.out(`${printable(finding.key)}  ${state}  since ${finding.found_at}`);
  terminal.out(`  ${printable(finding.code)}: ${printable(finding.detail)}`);
  for (const { actor, reason, at } of finding.resolutions)
    terminal.out(`  resolved by ${printable(actor)} at ${at}: ${printable(reason)}`);
}

export const list = defineCommand({
  usage: "[--all] [--token T]",
  description:
    "What settlement found that should not be: differences between ledger, receipts and chain, blocks that were lost, stocks that run low. Open ones, and with --all also those resolved, with who resolved them and why. Exits with 1 while settlement has stopped.",
  options: { ...options, all: { type: "boolean", help: "those resolved too" } },
  positionals: { min: 0, max: 0 },
  examples: ["far admin findings list", "far admin findings list --all --json"],
  run: async (context, { options: given }) => {
    const { terminal, isJson, signal } = context;
    const client = adminOf(context, given.token);
    const { data } = await client.request<{ data: Finding[] }>({
      method: "GET",
      path: "/api/v1/admin/findings",
      signal,
    });
    const shown = data.filter((finding) => given.all === true || finding.resolved_at === null);
    if (isJson) terminal.out(JSON.stringify(shown, null, 2));
    else if (shown.length === 0) terminal.out("Nothing is open.");
    else for (const finding of shown) show(context, finding);
    return shown.some((f) => f.resolved_at === null && f.severity === "halt") ? 1 : 0;
  },
});

export const resolve = defineCommand({
  usage: "KEY --reason TEXT [--token T]",
  description:
    "Closes a finding on your word, which is kept with it for ever. Settlement goes on if it was the last that stopped it; what still is as it was found is found again.",
  options: {
    ...options,
    reason: { type: "string", value: "TEXT", help: "what was the cause, and why going on is right" },
  },
  positionals: { min: 1, max: 1 },
  examples: ['far admin findings resolve epoch:12 --reason "an old database was restored; replayed from backup"'],
  run: async (context, { options: given, positionals }) => {
    const { terminal, isJson, signal } = context;
    const { reason } = given;
    if (reason === undefined) throw new CliError("usage", "reason_missing", { message: "Say why, with --reason." });
    const path = `/api/v1/admin/findings/${encodeURIComponent(positionals[0] ?? "")}/resolve`;
    const client = adminOf(context, given.token);
    const finding = await client.request<Finding>({ method: "POST", path, body: { reason }, signal });
    if (isJson) terminal.out(JSON.stringify(finding, null, 2));
    else show(context, finding);
    return 0;
  },
});
