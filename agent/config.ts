/** Settings of the agent process: flags first, then the environment. The only file that reads either. */
import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { AgentError } from "./errors.ts";
import type { AgentOptions } from "./startAgent.ts";

const flags = {
  network: { type: "string" },
  token: { type: "string" },
  engine: { type: "string", multiple: true },
  "engine-key": { type: "string", multiple: true },
  map: { type: "string", multiple: true },
  model: { type: "string", multiple: true },
  id: { type: "string", multiple: true },
  slots: { type: "string" },
  context: { type: "string" },
  threads: { type: "string" },
  gpu: { type: "string" },
  dir: { type: "string" },
  owner: { type: "string" },
  country: { type: "string" },
  region: { type: "string" },
  bandwidth: { type: "string" },
  hours: { type: "string", multiple: true },
  "time-zone": { type: "string" },
  "power-cap": { type: "string" },
  "allow-plain-engine": { type: "boolean" },
  verbose: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const whole = (name: string, max: number) =>
  z.coerce.number(`--${name} must be a number`).int().min(1).max(max).optional();
const settings = z.object({
  /** Address of the network: http(s):// or ws(s)://. */
  network: z.string("--network URL is missing").min(1),
  /** Join token, from the network's page or `POST /api/v1/nodes/join-tokens`. */
  token: z.string("--token T is missing").min(1).max(256),
  /** OpenAI-compatible servers. */
  engine: z.array(z.string()).max(64).default([]),
  /** Their keys, in the same order. */
  "engine-key": z.array(z.string()).max(64).default([]),
  /** `SERVER_NAME=NETWORK_ID`; when given, only these models of the servers are offered. */
  map: z
    .array(z.string().regex(/^[^=]+=.+$/, "--map must be SERVER_NAME=NETWORK_ID"))
    .max(256)
    .default([]),
  /** GGUF files. */
  model: z.array(z.string()).max(64).default([]),
  /** Their ids on the network, in the same order. */
  id: z.array(z.string().min(1).max(256)).max(64).default([]),
  /** Requests at once, for each engine and model file. */
  slots: whole("slots", 1024),
  /** Context length, tokens. */
  context: whole("context", 100_000_000),
  threads: whole("threads", 1024),
  gpu: z.enum(["auto", "cuda", "vulkan", "metal"], "--gpu must be auto, cuda, vulkan or metal").optional(),
  /** State folder: the node key. */
  dir: z.string().min(1),
  owner: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/, "--owner must be a 0x address of 40 hex digits")
    .optional(),
  country: z.string().max(64).optional(),
  region: z.string().max(64).optional(),
  /** Mbit/s. */
  bandwidth: z.coerce.number().min(0).max(10_000_000).optional(),
  /** Working hours, read by availability/workingHours.ts. */
  hours: z.array(z.string().max(64)).max(32).default([]),
  "time-zone": z.string().max(64).optional(),
  /** Watts for each GPU. */
  "power-cap": whole("power-cap", 10_000),
  "allow-plain-engine": z.boolean().default(false),
  verbose: z.boolean().default(false),
});

const listOf = (text: string | undefined): string[] | undefined =>
  text
    ?.split(",")
    .map((s) => s.trim())
    .filter(Boolean);

const keyOf = (key: string | undefined): string | undefined => (key === "none" ? undefined : key);

export interface AgentConfig {
  help: boolean;
  verbose: boolean;
  options: Omit<AgentOptions, "log">;
}

/**
 * Reads flags and environment (`FAR_NETWORK`, `FAR_NODE_TOKEN`, `FAR_ENGINE`, `FAR_ENGINE_KEY`, `FAR_MODEL`, `FAR_NODE_DIR`, `FAR_OWNER`).
 * @throws AgentError `bad_option` listing every problem at once.
 */
export function readConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): AgentConfig {
  let values: ReturnType<typeof parseArgs<{ options: typeof flags }>>["values"];
  try {
    values = parseArgs({ args: [...argv], options: flags }).values;
  } catch (error) {
    throw new AgentError("bad_option", error instanceof Error ? error.message : String(error), { cause: error });
  }
  if (values.help) return { help: true, verbose: false, options: { network: "", token: "", dir: "" } };
  const parsed = settings.safeParse({
    ...values,
    network: values.network ?? env.FAR_NETWORK,
    token: values.token ?? env.FAR_NODE_TOKEN,
    engine: values.engine ?? listOf(env.FAR_ENGINE),
    "engine-key": values["engine-key"] ?? listOf(env.FAR_ENGINE_KEY),
    model: values.model ?? listOf(env.FAR_MODEL),
    dir: values.dir ?? env.FAR_NODE_DIR ?? join(homedir(), ".far-node"),
    owner: values.owner ?? env.FAR_OWNER,
  });
  if (!parsed.success) throw new AgentError("bad_option", parsed.error.issues.map((i) => i.message).join("; "));
  const s = parsed.data;
  if (s.id.length > s.model.length)
    throw new AgentError("bad_option", "--id names a model file: give one --model for each");
  return {
    help: false,
    verbose: s.verbose,
    options: {
      network: s.network,
      token: s.token,
      dir: s.dir,
      engines: s.engine.map((url, i) => ({ url, key: keyOf(s["engine-key"][i]) })),
      models: s.model.map((path, i) => ({ path, id: s.id[i] })),
      modelIds:
        s.map.length > 0
          ? Object.fromEntries(s.map.map((m) => [m.slice(0, m.indexOf("=")), m.slice(m.indexOf("=") + 1)]))
          : undefined,
      slots: s.slots,
      contextTokens: s.context,
      threads: s.threads,
      gpu: s.gpu,
      ownerWallet: s.owner as `0x${string}` | undefined,
      country: s.country,
      region: s.region,
      bandwidthMbps: s.bandwidth,
      hours: s.hours,
      timeZone: s["time-zone"],
      powerCapW: s["power-cap"],
      allowPlainEngine: s["allow-plain-engine"],
    },
  };
}
