import type { Delta, FinishReason, ToolCall } from "@farlabs/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Identity } from "#identity";
import { type IdempotencyStore, idempotencyKey, requestHash, type StoredAnswer, sse } from "#platform/http";
import type { Completion, SubmitOptions } from "../inference.ts";
import { type AnswerHead, type Dialect, usageChunk } from "./render.ts";

type Body = Record<string, unknown>;

/** A request that may have been made before. */
export type Repeat =
  | { kind: "answered"; body: Body }
  /** To be run; `end` after its end, whatever that was. */
  | { kind: "new"; options: Pick<SubmitOptions, "admitParts" | "endParts">; end(): void };

/**
 * `Idempotency-Key` for generations: the claim commits with the admission and the answer with the charge, so that neither a crash nor a
 * lost answer can make a repeated request run, and be paid, twice.
 */
export function createRepeats({ store, identity }: { store: IdempotencyStore; identity: Pick<Identity, "seal"> }) {
  return {
    /** @throws idempotency_key_reused when the key came with another body, invalid_request when it is malformed */
    async begin(request: FastifyRequest, render: (head: AnswerHead, completion: Completion) => Body): Promise<Repeat> {
      const key = idempotencyKey(request);
      if (key === null) return { kind: "new", options: {}, end: () => undefined };
      const { accountId } = request.principal;
      const bodyHash = requestHash(request);
      for (;;) {
        const state = await store.lookup(accountId, key, bodyHash);
        if (state.state === "done") return { kind: "answered", body: JSON.parse(state.answer.body) as Body };
        if (state.state === "running") {
          await state.answer;
          continue;
        }
        let created = 0;
        return {
          kind: "new",
          options: {
            admitParts: (taskId) => {
              created = Math.floor(Date.now() / 1000);
              return { idempotency: { kind: "claim", accountId, key, bodyHash, ref: taskId } };
            },
            endParts: async (completion) => {
              if (completion.status !== "completed") return {};
              const body = render({ taskId: completion.taskId, created, model: modelOf(request) }, completion);
              const answer: StoredAnswer = {
                status: 200,
                contentType: "application/json; charset=utf-8",
                headers: {},
                body: JSON.stringify(body),
              };
              return {
                idempotency: {
                  kind: "answer",
                  accountId,
                  key,
                  sealedBody: await identity.seal(accountId, JSON.stringify(answer)),
                },
              };
            },
          },
          end: () => store.abandon(accountId, key),
        };
      }
    },

    replay(reply: FastifyReply, body: Body): Body {
      reply.header("idempotency-replayed", "true");
      return body;
    },

    /** A stream's answer again as a stream, in one piece per choice. */
    replayStream(reply: FastifyReply, dialect: Dialect, body: Body, withUsage: boolean): FastifyReply {
      reply.header("idempotency-replayed", "true");
      const stream = sse(reply);
      const head = {
        taskId: String(body.id).replace(/^[a-z]+-/, ""),
        created: Number(body.created),
        model: String(body.model),
      };
      const prefix = dialect.chunkPrefix(head, withUsage);
      for (const [index, choice] of (body.choices as StoredChoice[]).entries()) {
        const opening = dialect.opening(index);
        if (opening !== null) stream.data(prefix + opening);
        stream.data(prefix + dialect.piece(index, deltaOf(choice), choice.logprobs ?? undefined));
        stream.data(prefix + dialect.ending(index, choice.finish_reason));
      }
      if (withUsage) stream.data(usageChunk(prefix, body.usage));
      stream.data("[DONE]");
      stream.end();
      return reply;
    },
  };
}

const modelOf = (request: FastifyRequest): string => String((request.body as { model?: unknown }).model ?? "");

interface StoredChoice {
  text?: string;
  message?: { content: string | null; tool_calls?: ToolCall[] };
  logprobs: unknown;
  finish_reason: FinishReason;
}

function deltaOf(choice: StoredChoice): Delta {
  const calls = choice.message?.tool_calls;
  return {
    content: choice.text ?? choice.message?.content ?? "",
    ...(calls === undefined ? {} : { tool_calls: calls.map((call, index) => ({ index, ...call })) }),
  };
}
