export { clientGone, onClientGone } from "./clientGone.ts";
export { readCookie } from "./cookie.ts";
export { httpErrors } from "./errors.ts";
export { idempotencyKey, requestHash } from "./fingerprint.ts";
export {
  createRateLimiter,
  type LocalRateLimiter,
  type RateDecision,
  type RateLimit,
  type RateLimiter,
} from "./gcra.ts";
export { createHttpHost, type HttpHost, type HttpHostOptions } from "./host.ts";
export type { IdempotencyState, RouteArea, RouteSchema, StoredAnswer } from "./http.ts";
export type { IdempotencyPart } from "./idempotency/contributor.ts";
export { createIdempotencyStore, type IdempotencyDeps, type IdempotencyStore } from "./idempotency.ts";
export type { HttpLog } from "./observe.ts";
export { parse } from "./parse.ts";
export { type SseOptions, type SseStream, sse } from "./sse.ts";
export type { Readiness } from "./systemRoutes.ts";
