import { createClient } from "@farlabs/sdk";
import { defineCommand } from "../../args/command.ts";
import { networkOptions } from "../../args/globalOptions.ts";
import { CliError } from "../../errors.ts";

interface AuditReport {
  findings: { invariant: number; code: string; detail: string }[];
  checked: string[];
}

export const audit = defineCommand({
  usage: "[--token T]",
  description:
    "Checks every invariant of money and tasks in the ledger, the task table and on chain: debits equal credits, one terminal state and at most one charge a task, no reservation left behind, the chain equal to the ledger. Exits with 1 if one is broken.",
  options: {
    url: networkOptions.url,
    token: { type: "string", value: "T", help: "the server's admin token (default: this clone's network)" },
  },
  positionals: { min: 0, max: 0 },
  examples: ["far admin audit", "far admin audit --json"],
  run: async ({ credentials, terminal, isJson, signal }, { options }) => {
    const accessToken = options.token ?? credentials.local()?.adminToken;
    if (accessToken === undefined) {
      const message = "The audit needs the admin token of the network.";
      throw new CliError("credentials", "not_signed_in", {
        message,
        hint: "Pass it with --token; of this clone's network it is known while that runs (far up).",
      });
    }
    const client = createClient({ baseUrl: credentials.baseUrl(), accessToken });
    const report = await client.request<AuditReport>({ method: "GET", path: "/api/v1/admin/audit", signal });
    if (isJson) terminal.out(JSON.stringify(report, null, 2));
    else {
      const { style } = terminal;
      for (const line of report.checked) terminal.out(`  ${style.green("✓")} ${line}`);
      for (const f of report.findings)
        terminal.out(`  ${style.red("✗")} invariant ${f.invariant}: ${f.code}: ${f.detail}`);
      terminal.note(
        terminal.noteStyle.dim(
          "The numbers are those of the invariants in ARCHITECTURE.md; 0 is what settlement itself found.",
        ),
      );
      terminal.out(report.findings.length === 0 ? "All invariants hold." : `${report.findings.length} findings.`);
    }
    return report.findings.length === 0 ? 0 : 1;
  },
});
