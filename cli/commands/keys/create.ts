import type { KeyCreateParams } from "@farlabs/sdk";
import { defineCommand } from "../../args/command.ts";
import { networkOptions } from "../../args/globalOptions.ts";
import { CliError } from "../../errors.ts";

const SCOPES = ["inference", "read", "nodes"] as const;
type Scope = (typeof SCOPES)[number];

function scopesOf(given: readonly string[]): Scope[] {
  return given.map((text) => {
    const scope = SCOPES.find((s) => s === text);
    if (scope !== undefined) return scope;
    const message = `A key cannot have the scope "${text}"; choose from ${SCOPES.join(", ")}.`;
    throw new CliError("usage", "usage", { message });
  });
}

/** `2.5` dollars → `2500000`. */
function microUsd(text: string): string {
  const match = /^(\d{1,9})(?:\.(\d{1,6}))?$/.exec(text);
  const micro = match === null ? 0n : BigInt((match[1] ?? "") + (match[2] ?? "").padEnd(6, "0"));
  if (micro > 0n) return micro.toString();
  throw new CliError("usage", "invalid_amount", { message: `"${text}" is not an amount of US dollars.` });
}

function expiry(text: string): string {
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  const at = days === undefined ? new Date(text) : new Date(Date.now() + Number(days) * 86_400_000);
  if (!Number.isNaN(at.getTime()) && at.getTime() > Date.now()) return at.toISOString();
  throw new CliError("usage", "usage", { message: `"${text}" is no time to come; write 30d or 2027-01-31.` });
}

export const create = defineCommand({
  usage: "NAME [--scope S]… [--cap USD] [--expires 30d] [--ip CIDR]…",
  description:
    "Makes an API key and prints it, this once. Needs a session (far login). Scopes: inference, read (both by default), nodes.",
  options: {
    url: networkOptions.url,
    scope: { type: "string", multiple: true, value: "S", help: "what it may do; repeatable" },
    cap: { type: "string", value: "USD", help: "what it may ever spend, US dollars at list price" },
    expires: { type: "string", value: "WHEN", help: "30d, or a date" },
    ip: { type: "string", multiple: true, value: "CIDR", help: "addresses it may come from; repeatable" },
  },
  positionals: { min: 1, max: 1 },
  examples: [
    "far keys create laptop",
    "far keys create ci --cap 5 --expires 30d",
    "export FAR_API_KEY=$(far keys create x --json | jq -r .key)",
  ],
  run: async ({ credentials, terminal, isJson, signal }, { options, positionals }) => {
    const params: KeyCreateParams = {
      name: positionals[0] ?? "",
      ...(options.scope === undefined ? {} : { scopes: scopesOf(options.scope) }),
      ...(options.cap === undefined ? {} : { cap_micro_usd: microUsd(options.cap) }),
      ...(options.expires === undefined ? {} : { expires_at: expiry(options.expires) }),
      ...(options.ip === undefined ? {} : { ip_allow: options.ip }),
    };
    const made = await credentials.sessionClient().keys.create(params, { signal });
    if (isJson) terminal.out(JSON.stringify(made, null, 2));
    else {
      terminal.out(made.key);
      terminal.note(`Keep it: it is shown this once. Revoke it with far keys revoke ${made.id}`);
    }
    return 0;
  },
});
