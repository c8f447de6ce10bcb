import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Registry } from "prom-client";
import { coded } from "#kernel";

/** Whether the process can serve, and what each part says about itself. */
export interface Readiness {
  ready: boolean;
  parts?: Readonly<Record<string, string>>;
}

export interface SystemRoutesDeps {
  ready: () => Promise<Readiness>;
  registry: Registry | undefined;
  isAdmin: ((authorization: string | undefined) => boolean | Promise<boolean>) | undefined;
}

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/** Through a proxy on this machine everybody would look local, so a forwarded request is not. */
const isLocal = (request: FastifyRequest): boolean =>
  LOOPBACK.test(request.raw.socket.remoteAddress ?? "") && request.headers["x-forwarded-for"] === undefined;

/** `/health` (alive), `/ready` (503 until it can serve, and while it drains), `/metrics` (loopback or admin). */
export function mountSystemRoutes(app: FastifyInstance, deps: SystemRoutesDeps): void {
  const config = { scope: "public" as const };
  app.get("/health", { config }, (_request, reply) => {
    reply.send({ status: "ok" });
  });
  app.get("/ready", { config }, async (_request, reply) => {
    const state = await deps.ready();
    reply.code(state.ready ? 200 : 503);
    return state;
  });
  app.get("/metrics", { config }, async (request, reply) => {
    if (!isLocal(request) && (await deps.isAdmin?.(request.headers.authorization)) !== true) throw coded("forbidden");
    if (deps.registry === undefined) throw coded("not_found");
    reply.type(deps.registry.contentType);
    return deps.registry.metrics();
  });
}
