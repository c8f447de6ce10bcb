/** `Idempotency-Key` for mutating routes that do not handle it themselves. Runs after authentication and the body. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { type IdempotencyStore, idempotencyKey, requestHash, type StoredAnswer } from "#platform/http";

interface Held {
  accountId: string;
  key: string;
  settled: boolean;
}

/** 402, 429 and what is our fault may go better next time. */
const isKept = (status: number): boolean => status < 500 && status !== 402 && status !== 429;

const KEPT_HEADERS = ["location", "content-disposition"];

export interface IdempotencyHooks {
  preHandler(request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
  onSend(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown>;
}

export function createIdempotencyHooks(deps: {
  store: IdempotencyStore;
  warn: (message: string, fields: Record<string, unknown>) => void;
}): IdempotencyHooks {
  const { store, warn } = deps;
  const held = new WeakMap<FastifyRequest, Held>();

  function replay(reply: FastifyReply, answer: StoredAnswer): FastifyReply {
    reply.headers(answer.headers).header("idempotency-replayed", "true");
    return reply.code(answer.status).type(answer.contentType).send(answer.body);
  }

  async function take(request: FastifyRequest, reply: FastifyReply, key: string): Promise<void> {
    const { accountId } = request.principal;
    const mine: Held = { accountId, key, settled: false };
    // A client that left, or an answer that took the socket over, never reaches onSend.
    reply.raw.once("close", () => {
      if (!mine.settled) store.abandon(accountId, key);
      mine.settled = true;
    });
    held.set(request, mine);
    try {
      await store.claim({ accountId, key, bodyHash: requestHash(request), ref: request.id });
    } catch (error) {
      held.delete(request);
      mine.settled = true;
      store.abandon(accountId, key);
      throw error;
    }
  }

  function answerOf(reply: FastifyReply, payload: unknown): StoredAnswer | null {
    if (!isKept(reply.statusCode)) return null;
    if (typeof payload !== "string" && payload !== undefined && payload !== null) return null;
    const headers: Record<string, string> = {};
    for (const name of KEPT_HEADERS) {
      const value = reply.getHeader(name);
      if (value !== undefined) headers[name] = String(value);
    }
    return {
      status: reply.statusCode,
      contentType: String(reply.getHeader("content-type") ?? "application/json; charset=utf-8"),
      headers,
      body: payload ?? "",
    };
  }

  return {
    async preHandler(request, reply) {
      const key = idempotencyKey(request);
      if (key === null) return undefined;
      const bodyHash = requestHash(request);
      for (;;) {
        const state = await store.lookup(request.principal.accountId, key, bodyHash);
        if (state.state === "done") return replay(reply, state.answer);
        if (state.state === "new") {
          await take(request, reply, key);
          return undefined;
        }
        const answer = await state.answer;
        if (answer !== null) return replay(reply, answer);
      }
    },
    async onSend(request, reply, payload) {
      const mine = held.get(request);
      if (mine === undefined || mine.settled) return payload;
      mine.settled = true;
      const answer = answerOf(reply, payload);
      if (answer === null) {
        store.abandon(mine.accountId, mine.key);
        return payload;
      }
      try {
        await store.complete(mine.accountId, mine.key, answer);
      } catch (error) {
        // The work is done and its caller must hear so; only its repetition is not covered.
        store.abandon(mine.accountId, mine.key);
        warn("idempotent answer not stored", { requestId: request.id, error: String(error) });
      }
      return payload;
    },
  };
}
