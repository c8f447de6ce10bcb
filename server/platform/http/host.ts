import type { WireError } from "@farlabs/protocol";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Registry } from "prom-client";
import { type Clock, coded, systemClock } from "#kernel";
import { createErrorAnswers } from "./answer.ts";
import { createClientErrorHandler } from "./clientError.ts";
import { allowOrigin, answerPreflight, originOf, secure } from "./headers.ts";
import { parseJson } from "./json.ts";
import { createKnownRoutes, type KnownRoutes } from "./knownRoutes.ts";
import { createObserve, type HttpLog } from "./observe.ts";
import { limitSockets } from "./socketLimit.ts";
import { mountSystemRoutes, type Readiness } from "./systemRoutes.ts";
import { requestId } from "./trace.ts";

export interface HttpHostOptions {
  /** 0 takes a free one; `listen` says which. */
  port: number;
  /** Address to bind to; loopback unless a deployment says otherwise. */
  host?: string;
  log: HttpLog;
  /** Gets the request metrics and is served at `/metrics`. */
  registry?: Registry;
  /** The one origin that browsers may call from with credentials. */
  frontendUrl?: string;
  /** Where this host is reached, for links in errors; by default where it listens. */
  publicUrl?: string;
  /** Proxies whose `x-forwarded-for` is believed: a hop count, or addresses and CIDRs. None by default. */
  trustProxy?: number | readonly string[];
  /** Body bound, bytes; default 1 MiB. */
  bodyBytesMax?: number;
  /** Connections from one address; default 4 096. */
  socketsPerIpMax?: number;
  /** How long `close` waits for requests under way, ms; default 10 000. */
  drainMs?: number;
  slowMs?: number;
  /** A debug line per request. */
  logEvery?: boolean;
  /** Sends Strict-Transport-Security; only where TLS ends before this host. */
  hsts?: boolean;
  ready?: () => Readiness | Promise<Readiness>;
  /** Lets `/metrics` be read from elsewhere than loopback. */
  isAdmin?: (authorization: string | undefined) => boolean | Promise<boolean>;
  /** Account of a request, for log lines. */
  userOf?: (request: FastifyRequest) => string | null;
  clock?: Clock;
}

export interface HttpHost {
  /** For mounting areas, until `listen`. */
  app: FastifyInstance;
  /** The public face of an error, for an error event inside a stream; logs what is ours to fix. */
  errorBody(error: unknown, request: FastifyRequest): WireError;
  listen(): Promise<{ port: number; url: string }>;
  /** Stops accepting, answers what runs, cuts what still runs after `drainMs`. Idempotent. */
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 1_048_576;
/** No id has one, and no database takes a NUL: what is named by it does not exist. */
const CONTROL = /\p{Cc}/u;

function newApp(options: HttpHostOptions, docsUrl: () => string): FastifyInstance {
  const trust = options.trustProxy;
  return fastify({
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2_000, maxHeaderSize: 16_384, noDelay: true },
    requestTimeout: 60_000,
    keepAliveTimeout: 72_000,
    bodyLimit: options.bodyBytesMax ?? BODY_BYTES_MAX,
    trustProxy: trust === undefined ? false : typeof trust === "number" ? (_ip, hop) => hop < trust : [...trust],
    genReqId: (request) => requestId(request.headers["x-request-id"]),
    exposeHeadRoutes: false,
    // While draining, a request on a kept connection is served and its connection ended: nobody sees a 503 for our restart.
    return503OnClosing: false,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 256, ignoreTrailingSlash: true },
    clientErrorHandler: createClientErrorHandler(docsUrl),
  });
}

/** JSON is the only body; its text stays with the request. */
function takeJson(app: FastifyInstance): void {
  app.decorateRequest("rawBody", "");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>("application/json", { parseAs: "string" }, (request, text, done) => {
    request.rawBody = text;
    try {
      done(null, parseJson(text));
    } catch (error) {
      done(error as Error);
    }
  });
}

function answerUnknown(
  known: KnownRoutes,
  frontend: string | null,
): (request: FastifyRequest, reply: FastifyReply) => void {
  return (request, reply) => {
    const path = request.url.split("?", 1)[0] ?? "/";
    const methods = known.methodsOf(path);
    const allowed = allowOrigin(reply, request.headers.origin, frontend);
    if (request.method === "OPTIONS" && allowed && methods.length > 0) return answerPreflight(reply);
    if (methods.length === 0) throw coded("not_found", { message: `Nothing is found at ${path}.` });
    reply.header("allow", methods.join(", "));
    throw coded("method_not_allowed", { message: `${path} answers ${methods.join(", ")}.` });
  };
}

/** Builds the HTTP host: a Fastify app with the house's limits, headers, errors and observation, without a route of its own but the system's. */
export function createHttpHost(options: HttpHostOptions): HttpHost {
  const host = options.host ?? "127.0.0.1";
  const frontend = originOf(options.frontendUrl);
  const known = createKnownRoutes();
  let publicUrl = options.publicUrl ?? `http://${host}:${options.port}`;
  const docsUrl = (): string => `${publicUrl}/docs/errors`;
  const errors = createErrorAnswers({ log: options.log, docsUrl });
  const observe = createObserve({
    clock: options.clock ?? systemClock,
    log: options.log,
    registry: options.registry,
    logEvery: options.logEvery ?? false,
    slowMs: options.slowMs ?? 5_000,
    userOf: options.userOf,
  });
  let closing: Promise<void> | null = null;

  const app = newApp(options, docsUrl);
  limitSockets(app.server, options.socketsPerIpMax ?? 4_096);
  takeJson(app);
  app.addHook("onRoute", (route) => {
    known.add(route.method, route.url);
    const method = typeof route.method === "string" ? route.method : route.method.join("|");
    const begin = observe({ method, url: route.url, slowMs: route.config?.slowMs });
    const hasParams = /[:*]/.test(route.url);
    const head = (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void => {
      begin(request, reply);
      reply.header("x-request-id", request.id);
      secure(reply, options.hsts ?? false);
      if (request.headers.origin !== undefined) allowOrigin(reply, request.headers.origin, frontend);
      if (hasParams && Object.values(request.params as object).some((value) => CONTROL.test(String(value)))) {
        done(coded("not_found"));
        return;
      }
      done();
    };
    const own = route.onRequest ?? [];
    route.onRequest = [head, ...(Array.isArray(own) ? own : [own])];
    if (route.config?.bodyBytesMax !== undefined) route.bodyLimit = route.config.bodyBytesMax;
  });
  app.setErrorHandler((error, request, reply) => errors.send(error, request, reply));
  const unknown = answerUnknown(known, frontend);
  const observeUnknown = observe({ method: "*", url: "(none)", slowMs: undefined });
  app.setNotFoundHandler((request, reply) => {
    observeUnknown(request, reply);
    reply.header("x-request-id", request.id);
    secure(reply, options.hsts ?? false);
    unknown(request, reply);
  });
  mountSystemRoutes(app, {
    ready: async () => (closing === null ? ((await options.ready?.()) ?? { ready: true }) : { ready: false }),
    registry: options.registry,
    isAdmin: options.isAdmin,
  });

  async function stop(): Promise<void> {
    const cut = setTimeout(() => app.server.closeAllConnections(), options.drainMs ?? 10_000);
    await app.close();
    clearTimeout(cut);
  }

  return {
    app,
    errorBody: errors.body,
    async listen() {
      await app.listen({ port: options.port, host });
      const address = app.server.address();
      const port = typeof address === "object" && address !== null ? address.port : options.port;
      const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
      publicUrl = options.publicUrl ?? url;
      return { port, url };
    },
    close() {
      closing ??= stop();
      return closing;
    },
  };
}
