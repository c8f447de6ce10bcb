import { randomBytes } from "node:crypto";
import { newId } from "#kernel";

const REQUEST_ID = /^[A-Za-z0-9_.:-]{1,128}$/;
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/;

/** The caller's `x-request-id` where it is harmless in a log, else a new one. */
export const requestId = (given: string | string[] | undefined): string =>
  typeof given === "string" && REQUEST_ID.test(given) ? given : newId("req");

export interface Trace {
  /** 32 hex digits. */
  traceId: string;
  /** 16 hex digits, of the caller's span where there is one. */
  spanId: string;
}

/** W3C trace context of a request; a new trace where none was sent. */
export function traceOf(traceparent: string | string[] | undefined): Trace {
  const match = typeof traceparent === "string" ? TRACEPARENT.exec(traceparent) : null;
  if (match?.[1] !== undefined && match[2] !== undefined) return { traceId: match[1], spanId: match[2] };
  return { traceId: randomBytes(16).toString("hex"), spanId: randomBytes(8).toString("hex") };
}
