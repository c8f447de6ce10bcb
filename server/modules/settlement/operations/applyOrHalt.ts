import { type ChainEvent, isChainError } from "@farlabs/chain";
import { applyEvent } from "./applyEvent.ts";
import type { Context } from "./context.ts";
import { raiseFinding } from "./findings.ts";

/** Times that an event fails in a row, a round of the listener each, before everything stops. */
export const TRIES_MAX = 5;

/** SQLSTATE classes of a database that is away, in recovery, full, or that broke off one of several writers. */
const TRANSIENT_STATE = /^(08|25|40|53|55|57|58)...$/;
/** Of the driver and of sockets. */
const TRANSIENT_CODE = /^(CONNECT|E[A-Z]+$)/;

/** Whether chain or database were away, or busy, rather than the event such that it cannot be applied. */
function isTransient(error: unknown): boolean {
  if (isChainError(error)) return true;
  const { code } = error as { code?: unknown };
  return typeof code === "string" && (TRANSIENT_STATE.test(code) || TRANSIENT_CODE.test(code));
}

/**
 * Applies an event; one that cannot be applied, again and again, becomes a finding that a person sees, instead of being tried for ever.
 * It stays the next to be applied: events after it may build on it.
 * @throws what {@link applyEvent} throws
 */
export async function applyOrHalt(context: Context, event: ChainEvent): Promise<void> {
  const { failures, sql } = context;
  const { txHash, logIndex, blockNumber, name } = event;
  const key = `event:${txHash}:${logIndex}`;
  try {
    await applyEvent(context, event);
    failures.delete(key);
  } catch (error) {
    if (isTransient(error)) throw error;
    const tries = (failures.get(key) ?? 0) + 1;
    failures.set(key, tries);
    if (tries < TRIES_MAX) throw error;
    failures.delete(key);
    const why = error instanceof Error ? error.message : String(error);
    const detail =
      `${name} of transaction ${txHash}, log ${logIndex}, block ${blockNumber} cannot be applied: ${why} ` +
      "Until it can, no later event is: deposits are not credited, exits and claims that the contract pays are not booked, nothing is settled.";
    await raiseFinding(sql, { key, code: "event_not_applied", detail, severity: "halt" });
    throw error;
  }
}
