import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { coded } from "#kernel";

const KEY = /^[\x21-\x7e]{1,255}$/;

/** The `Idempotency-Key` of a request, or null without one. @throws idempotency_key_invalid */
export function idempotencyKey(request: FastifyRequest): string | null {
  const key = request.headers["idempotency-key"];
  if (key === undefined) return null;
  if (typeof key !== "string" || !KEY.test(key)) throw coded("idempotency_key_invalid", { param: "Idempotency-Key" });
  return key;
}

/** What a key is bound to: method, address and body. */
export const requestHash = (request: FastifyRequest): Buffer =>
  createHash("sha256").update(`${request.method}\n${request.url}\n`).update(request.rawBody).digest();
