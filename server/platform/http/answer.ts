import type { WireError } from "@farlabs/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import { coded } from "#kernel";
import type { HttpLog } from "./observe.ts";
import { toCoded, toWire } from "./wire.ts";

export interface ErrorAnswers {
  /** Logs what is ours to fix and gives the body; for an error event inside a stream. */
  body(error: unknown, request: FastifyRequest): WireError;
  /** Ends the request with the error. */
  send(error: unknown, request: FastifyRequest, reply: FastifyReply): void;
}

/** Error → answer, for a host. `docsUrl` is where each code has its page. */
export function createErrorAnswers(deps: { log: HttpLog; docsUrl: () => string }): ErrorAnswers {
  function wire(error: unknown, request: FastifyRequest) {
    // A client that left in the middle of its body is no failure of ours; taken for one, anybody could fill the log.
    const leftEarly = request.raw.destroyed && !request.raw.complete;
    const known = leftEarly ? coded("request_timeout", { cause: error }) : toCoded(error);
    if (known.spec.status >= 500) {
      const { cause } = known;
      deps.log.error("request failed", {
        requestId: request.id,
        code: known.code,
        internal: known.internal,
        stack: cause instanceof Error ? cause.stack : known.stack,
      });
    }
    return toWire(known, request.id, deps.docsUrl());
  }
  return {
    body: (error, request) => wire(error, request).body,
    send(error, request, reply) {
      const answer = wire(error, request);
      if (answer.retryAfterS !== undefined) reply.header("retry-after", String(answer.retryAfterS));
      reply.header("x-request-id", request.id);
      reply.code(answer.status).type("application/json; charset=utf-8").send(JSON.stringify(answer.body));
    },
  };
}
