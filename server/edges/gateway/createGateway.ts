import type { FastifyInstance, FastifyRequest, RouteOptions } from "fastify";
import type { Identity } from "#identity";
import { type Clock, systemClock } from "#kernel";
import {
  createRateLimiter,
  type HttpHost,
  type HttpLog,
  type IdempotencyStore,
  type LocalRateLimiter,
  type RouteArea,
} from "#platform/http";
import { createAccess } from "./authenticate.ts";
import { mountDocs } from "./docs.ts";
import { createIdempotencyHooks } from "./idempotency.ts";
import { createRateGuard, type Limits } from "./limits.ts";
import { type DocumentedRoute, openApi } from "./openapi.ts";
import "./principal.ts";

export interface GatewayDeps {
  host: HttpHost;
  identity: Identity;
  /** What this process serves; `SERVICE_NAME` selects among them. */
  areas: readonly RouteArea[];
  limits: Limits;
  log: HttpLog;
  /** Shown in the API document. */
  version: string;
  /** Where the API is reached, for the document. */
  publicUrl: () => string;
  /** Without one, `Idempotency-Key` is ignored on routes that do not handle it themselves. */
  idempotency?: IdempotencyStore;
  /** One of its own by default. */
  limiter?: LocalRateLimiter;
  clock?: Clock;
}

export interface Gateway {
  /** The OpenAPI document of what is mounted; complete once the host listens. */
  openApi(): Record<string, unknown>;
}

const MUTATING = new Set(["POST", "PUT", "PATCH", "DELETE"]);

type Hook = NonNullable<RouteOptions["onRequest"]>;
const listOf = <T>(hooks: T | T[] | undefined): T[] =>
  hooks === undefined ? [] : Array.isArray(hooks) ? hooks : [hooks];
const methodsOf = (route: RouteOptions): string[] => listOf(route.method).map(String);

/**
 * Mounts the areas on the host: who may call, how often, once or again. A route that does not say who may call it stops the start.
 * @throws Error at `host.listen` when a route has no `config.scope`
 */
export function createGateway(deps: GatewayDeps): Gateway {
  const { host, identity } = deps;
  const limiter = deps.limiter ?? createRateLimiter({ clock: deps.clock ?? systemClock });
  const guard = createRateGuard(limiter, deps.limits);
  const access = createAccess({ identity, guard, ipOf: (request: FastifyRequest) => request.ip });
  const repeats =
    deps.idempotency === undefined ? null : createIdempotencyHooks({ store: deps.idempotency, warn: deps.log.warn });
  const routes: DocumentedRoute[] = [];

  function guardRoute(area: RouteArea, route: RouteOptions): void {
    const methods = methodsOf(route);
    const { config } = route;
    if (config?.scope === undefined)
      throw new Error(`route ${methods.join("|")} ${route.url} does not say who may call it (config.scope)`);
    const onRequest = access({ scope: config.scope, ipPerMin: config.ipPerMin, url: route.url });
    route.onRequest = [...listOf(route.onRequest), onRequest] as Hook;
    const isMutating = methods.some((method) => MUTATING.has(method));
    if (repeats !== null && isMutating && config.scope !== "public" && config.ownIdempotency !== true) {
      route.preHandler = [repeats.preHandler, ...listOf(route.preHandler)] as NonNullable<RouteOptions["preHandler"]>;
      route.onSend = [...listOf(route.onSend), repeats.onSend] as NonNullable<RouteOptions["onSend"]>;
    }
    for (const method of methods) {
      routes.push({ area: area.area, method, url: route.url, scope: config.scope, schema: config.schema ?? {} });
    }
  }

  host.app.decorateRequest("principal");
  for (const area of deps.areas) {
    host.app.register(
      async (scoped: FastifyInstance) => {
        scoped.addHook("onRoute", (route) => guardRoute(area, route));
        area.register(scoped);
      },
      { prefix: area.prefix },
    );
  }
  const document = (): Record<string, unknown> => openApi(routes, { version: deps.version, url: deps.publicUrl() });
  let text: string | null = null;
  mountDocs(host.app, {
    routes,
    document: () => {
      text ??= JSON.stringify(document());
      return text;
    },
  });
  return { openApi: document };
}
