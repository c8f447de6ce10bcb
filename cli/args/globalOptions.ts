import type { OptionSpecs } from "./command.ts";

/** Every command takes these. */
export const globalOptions = {
  json: { type: "boolean", help: "print JSON" },
  help: { type: "boolean", short: "h", help: "show this" },
} as const satisfies OptionSpecs;

/** Commands that talk to a network take these too. */
export const networkOptions = {
  url: { type: "string", value: "URL", help: "the network (else FAR_API_URL, this clone's network, the last login)" },
  key: { type: "string", value: "KEY", help: "API key (else FAR_API_KEY); a command line is visible to other users" },
} as const satisfies OptionSpecs;
