/**
 * How a module offers routes: an area, mounted by the gateway under `/api/v1/<area>` or at a path of its own. The gateway authenticates,
 * limits and turns errors into answers; a route states in `config.scope` who may call it, and a route without one refuses to start.
 */
import type { FastifyInstance } from "fastify";

export interface RouteArea {
  /** Also the name that `SERVICE_NAME` can select. */
  area: string;
  /** Absolute prefix, for instance `/v1` or `/api/v1/tasks`. */
  prefix: string;
  register(app: FastifyInstance): void;
}

export interface StoredAnswer {
  status: number;
  contentType: string;
  headers: Record<string, string>;
  body: string;
}

/** What a repeated `Idempotency-Key` gets. The store's own table lives in schema `platform`; bodies are sealed by the account's key, kept 24 h. */
export type IdempotencyState =
  | { state: "new" }
  | { state: "running"; answer: Promise<StoredAnswer | null> }
  | { state: "done"; answer: StoredAnswer };

declare module "fastify" {
  interface FastifyContextConfig {
    /** `public` needs no caller. */
    scope?: "public" | "inference" | "read" | "nodes" | "keys" | "wallets" | "withdraw" | "admin";
    /** Body bound of this route, bytes; 1 MiB by default. */
    bodyBytesMax?: number;
    /** The route handles `Idempotency-Key` itself (inference, whose answer is committed with the charge). */
    ownIdempotency?: boolean;
  }
}
