/**
 * How a module offers routes: an area, mounted by the gateway under `/api/v1/<area>` or at a path of its own. The gateway authenticates,
 * limits and turns errors into answers; a route states in `config.scope` who may call it, and a route without one refuses to start.
 */
import type { FastifyInstance } from "fastify";
import type { z } from "zod";

export interface RouteArea {
  /** Also the name that `SERVICE_NAME` can select. */
  area: string;
  /** Absolute prefix, for instance `/v1` or `/api/v1/tasks`. */
  prefix: string;
  register(app: FastifyInstance): void;
}

/** What the OpenAPI document says about a route. The route itself parses with the same schemas, by `parse`. */
export interface RouteSchema {
  /** One line for the list of endpoints. */
  summary?: string;
  body?: z.ZodType;
  query?: z.ZodType;
  /** The 200 answer, where a schema of it exists. */
  response?: z.ZodType;
}

export interface StoredAnswer {
  status: number;
  contentType: string;
  headers: Record<string, string>;
  body: string;
}

/** What a repeated `Idempotency-Key` gets. The store's own table lives in schema `platform`; bodies are sealed by the account's key, kept 24 h. */
export type IdempotencyState =
  /** The caller runs the request and ends it by `complete` or `abandon`. */
  | { state: "new" }
  /** The same request runs now; `null` means that it ended without an answer worth keeping: look up again. */
  | { state: "running"; answer: Promise<StoredAnswer | null> }
  | { state: "done"; answer: StoredAnswer };

declare module "fastify" {
  interface FastifyContextConfig {
    /** `public` needs no caller; `any` needs one, with whatever scopes. */
    scope?: "public" | "any" | "inference" | "read" | "nodes" | "keys" | "wallets" | "withdraw" | "admin";
    /** Body bound of this route, bytes; 1 MiB by default. */
    bodyBytesMax?: number;
    /** The route handles `Idempotency-Key` itself (inference, whose answer is committed with the charge). */
    ownIdempotency?: boolean;
    /** Requests a minute from one address; for public routes that cost something (nonces, signatures). */
    ipPerMin?: number;
    /** A request longer than this is logged at info, ms; 5 000 by default. */
    slowMs?: number;
    schema?: RouteSchema;
  }
  interface FastifyRequest {
    /** The body's text as it came; what an idempotency key is bound to. Empty without a body. */
    rawBody: string;
  }
}
