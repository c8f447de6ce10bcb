import type { ApiKeyInfo } from "@farlabs/sdk";
import { defineCommand } from "../../args/command.ts";
import { networkOptions } from "../../args/globalOptions.ts";
import { printable } from "../../terminal/hostile.ts";
import { table } from "../../terminal/table.ts";
import type { Style } from "../../terminal/terminal.ts";

const dollars = (micro: string): string => `$${(Number(micro) / 1e6).toFixed(2)}`;
const day = (iso: string | null): string => iso?.slice(0, 10) ?? "never";

function row(k: ApiKeyInfo, style: Style): string[] {
  const spent =
    k.cap_micro_usd === null
      ? dollars(k.spent_micro_usd)
      : `${dollars(k.spent_micro_usd)} of ${dollars(k.cap_micro_usd)}`;
  const state = k.revoked_at === null ? style.green("active") : style.dim(`revoked ${day(k.revoked_at)}`);
  return [
    k.id,
    printable(k.name),
    `${k.prefix}…`,
    k.scopes.join(","),
    `spent ${spent}`,
    `used ${day(k.last_used_at)}`,
    `expires ${day(k.expires_at)}`,
    state,
  ];
}

export const list = defineCommand({
  usage: "",
  description:
    "Lists your API keys: what each may do, what it spent, when it was last used. Needs a session (far login).",
  options: { url: networkOptions.url },
  positionals: { min: 0, max: 0 },
  examples: ["far keys list", "far keys list --json"],
  run: async ({ credentials, terminal, isJson, signal }) => {
    const { keys } = credentials.sessionClient();
    const all: ApiKeyInfo[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await keys.list({ limit: 100, ...(cursor === undefined ? {} : { cursor }) }, { signal });
      all.push(...page.data);
      cursor = page.next_cursor;
    }
    if (isJson) terminal.out(JSON.stringify(all, null, 2));
    else for (const line of table(all.map((k) => row(k, terminal.style)))) terminal.out(line);
    if (all.length === 0 && !isJson) terminal.note("No keys yet: far keys create NAME");
    return 0;
  },
});
