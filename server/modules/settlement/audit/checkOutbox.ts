import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "../operations/context.ts";
import type { Checked } from "./sources.ts";

const PATIENCE_MS = 15_000;

/** Invariant 5: every consumer sees everything that is committed by now, within a while. */
export async function checkOutbox({ outbox }: Context): Promise<Checked> {
  const abort = new AbortController();
  const late = sleep(PATIENCE_MS, "late" as const, { signal: abort.signal, ref: false }).catch(() => "late" as const);
  const seen = await Promise.race([outbox.settled().then(() => "seen" as const), late]);
  abort.abort();
  const checked = "5: outbox delivered to every consumer";
  if (seen === "seen") return { checked, findings: [] };
  const detail = `events committed before the audit were not all handled within ${PATIENCE_MS / 1000} s`;
  return { checked, findings: [{ invariant: 5, code: "outbox_undelivered", detail }] };
}
