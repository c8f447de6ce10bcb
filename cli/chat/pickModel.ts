import type { FarClient } from "@farlabs/sdk";
import { CliError } from "../errors.ts";

/** The first model that chats: the list comes with the fastest first. @throws CliError `no_model` */
export async function pickModel(client: FarClient, signal: AbortSignal): Promise<string> {
  const [first] = await client.models.list({ signal });
  if (first !== undefined) return first.id;
  throw new CliError("busy", "no_model", {
    message: "No model can answer now: no node is online.",
    hint: "See far status",
  });
}
