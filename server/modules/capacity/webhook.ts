import { createHmac, randomUUID } from "node:crypto";
import type { Clock } from "#kernel";
import type { Logger } from "#platform/log";

const TIMEOUT_MS = 5_000;
const TRIES = 3;
const RETRY_MS = 1_000;

export interface WebhookOptions {
  url: string;
  /** `whsec_…`; unsigned without. */
  secret: string | undefined;
  clock: Clock;
  log: Logger;
}

/** Headers of a Standard Webhook (standardwebhooks.com): HMAC-SHA256 over id, seconds and body. */
function signed(options: WebhookOptions, id: string, body: string): Record<string, string> {
  const seconds = String(Math.floor(options.clock.now() / 1000));
  const headers = { "webhook-id": id, "webhook-timestamp": seconds };
  if (options.secret === undefined) return headers;
  const key = Buffer.from(options.secret.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64");
  return { ...headers, "webhook-signature": `v1,${signature}` };
}

/** Sends a payload; tries three times. Never throws: a provisioner that is away must not hold anything up, the signal can be read too. */
export async function postWebhook(options: WebhookOptions, payload: Record<string, unknown>): Promise<boolean> {
  const id = `msg_${randomUUID()}`;
  const body = JSON.stringify(payload);
  let last: unknown;
  for (let i = 0; i < TRIES; i += 1) {
    if (i > 0) await new Promise((resolve) => setTimeout(resolve, RETRY_MS * 2 ** (i - 1)));
    try {
      const response = await fetch(options.url, {
        method: "POST",
        redirect: "error",
        headers: { "content-type": "application/json", ...signed(options, id, body) },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      if (response.ok) return true;
      last = `answered ${response.status}`;
    } catch (error) {
      last = error;
    }
  }
  options.log.warn("autoscale webhook not delivered", { host: new URL(options.url).host, error: last });
  return false;
}
