import type { FastifyReply, FastifyRequest } from "fastify";
import { Histogram, type Registry } from "prom-client";
import type { Clock } from "#kernel";
import type { Log } from "#platform/log";
import { traceOf } from "./trace.ts";

export type HttpLog = Log;

export interface ObserveDeps {
  clock: Clock;
  log: HttpLog;
  registry: Registry | undefined;
  /** Whether each request gets its line, at debug; else only the slow and the failed. Building a line costs more than routing a request. */
  logEvery: boolean;
  /** A request longer than this is logged at info, ms. */
  slowMs: number;
  /** Account behind a request, for the log line. */
  userOf: ((request: FastifyRequest) => string | null) | undefined;
}

export interface Route {
  method: string;
  url: string;
  slowMs: number | undefined;
}

/** Starts to measure a request; the rest happens when its response closes, by itself or because the client left. */
export type Observe = (route: Route) => (request: FastifyRequest, reply: FastifyReply) => void;

export function createObserve(deps: ObserveDeps): Observe {
  const seconds =
    deps.registry === undefined
      ? null
      : new Histogram({
          name: "far_http_request_duration_seconds",
          help: "Time from the request's head to the end of its answer.",
          labelNames: ["method", "route", "status"],
          buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120],
          registers: [deps.registry],
        });

  function logLine(route: Route, request: FastifyRequest, reply: FastifyReply, elapsedMs: number): void {
    const status = reply.raw.statusCode;
    const slow = elapsedMs >= (route.slowMs ?? deps.slowMs);
    const level = status >= 500 ? "warn" : slow ? "info" : "debug";
    if (level === "debug" && !deps.logEvery) return;
    deps.log[level]("request", {
      requestId: request.id,
      ...traceOf(request.headers.traceparent),
      userId: deps.userOf?.(request) ?? null,
      method: route.method,
      route: route.url,
      status,
      ms: Math.round(elapsedMs * 10) / 10,
      ...(reply.raw.writableFinished ? {} : { clientGone: true }),
    });
  }

  return (route) => {
    // Children by status: `labels()` hashes its arguments on every call, a request should not.
    const children = new Map<number, { observe(value: number): void }>();
    function measured(status: number, elapsedMs: number): void {
      if (seconds === null) return;
      let child = children.get(status);
      if (child === undefined) {
        child = seconds.labels(route.method, route.url, String(status));
        children.set(status, child);
      }
      child.observe(elapsedMs / 1_000);
    }
    return (request, reply) => {
      const startMs = deps.clock.monotonic();
      reply.raw.once("close", () => {
        const elapsedMs = deps.clock.monotonic() - startMs;
        measured(reply.raw.statusCode, elapsedMs);
        logLine(route, request, reply, elapsedMs);
      });
    };
  };
}
