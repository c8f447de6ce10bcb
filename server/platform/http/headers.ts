import type { FastifyReply } from "fastify";

const EXPOSED =
  "x-request-id, retry-after, x-far-task-id, x-far-quote, x-far-charge, x-far-cache, idempotency-replayed, x-ratelimit-limit-requests, x-ratelimit-remaining-requests, x-ratelimit-reset-requests";
const ALLOWED = "authorization, content-type, idempotency-key, x-request-id, x-far-client, x-far-pay-with, traceparent";

/** `http://host:port` of a URL, or null where there is none. */
export const originOf = (url: string | undefined): string | null => (url === undefined ? null : new URL(url).origin);

/**
 * CORS for the one origin that may send credentials. Any other origin gets no header, so its browser keeps the answer from it.
 * Answers true where `origin` is the allowed one.
 */
export function allowOrigin(reply: FastifyReply, origin: string | undefined, frontend: string | null): boolean {
  if (origin === undefined || frontend === null) return false;
  reply.header("vary", "origin");
  if (origin !== frontend) return false;
  reply.header("access-control-allow-origin", frontend);
  reply.header("access-control-allow-credentials", "true");
  reply.header("access-control-expose-headers", EXPOSED);
  return true;
}

/** Answers a preflight of the allowed origin. */
export function answerPreflight(reply: FastifyReply): void {
  reply.header("access-control-allow-methods", "GET, POST, PUT, DELETE");
  reply.header("access-control-allow-headers", ALLOWED);
  reply.header("access-control-max-age", "600");
  reply.code(204).send();
}

/** On every answer: what is JSON stays JSON, and nothing of an account stays in a cache. */
export function secure(reply: FastifyReply, hsts: boolean): void {
  reply.header("x-content-type-options", "nosniff");
  reply.header("cache-control", "no-store");
  if (hsts) reply.header("strict-transport-security", "max-age=31536000; includeSubDomains");
}
