import { chatCompletionRequest, completionRequest, embeddingRequest } from "@farlabs/protocol";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Identity } from "#identity";
import { coded } from "#kernel";
import type { Model, Models } from "#models";
import type { Nodes } from "#nodes";
import { type IdempotencyStore, parse, type RouteArea } from "#platform/http";
import type { Completion, Inference, SubmitOptions, SubmitRequest } from "../inference.ts";
import { type ErrorBody, headOf, streamedAnswer, wholeAnswer } from "./answer.ts";
import { callerOptions } from "./options.ts";
import { type AnswerHead, chatDialect, completionDialect, type Dialect, embeddingBody } from "./render.ts";
import { createRepeats } from "./repeats.ts";
import { fromChat, fromCompletion, fromEmbedding } from "./request.ts";

export interface V1Deps {
  inference: Inference;
  models: Models;
  nodes: Nodes;
  idempotency: IdempotencyStore;
  identity: Pick<Identity, "seal">;
  errorBody: ErrorBody;
}

interface Ask {
  submit: SubmitRequest;
  dialect: Dialect;
  stream: boolean;
  withUsage: boolean;
}

/** The OpenAI surface. Every generation goes through `inference.submit`. */
export function v1Area(deps: V1Deps): RouteArea {
  const { inference, models, nodes, errorBody } = deps;
  const repeats = createRepeats({ store: deps.idempotency, identity: deps.identity });

  async function generate(request: FastifyRequest, reply: FastifyReply, ask: Ask): Promise<unknown> {
    const repeat = await repeats.begin(request, (head, c) => ask.dialect.body(head, c));
    if (repeat.kind === "answered")
      return ask.stream
        ? repeats.replayStream(reply, ask.dialect, repeat.body, ask.withUsage)
        : repeats.replay(reply, repeat.body);
    try {
      const options: SubmitOptions = { ...callerOptions(request), ...repeat.options };
      if (ask.stream) {
        const answer = streamedAnswer(reply, ask.dialect, { withUsage: ask.withUsage, errorBody });
        await answer.run(
          await inference.submit(request.principal, ask.submit, { ...options, consumer: answer.consumer }),
        );
        return reply;
      }
      const handle = await inference.submit(request.principal, ask.submit, options);
      const completion = await wholeAnswer(reply, handle);
      return ask.dialect.body(headOf(handle), completion);
    } finally {
      repeat.end();
    }
  }

  async function embed(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const body = parse(embeddingRequest, request.body);
    const format = body.encoding_format ?? "float";
    const render = (head: AnswerHead, c: Completion): Record<string, unknown> => embeddingBody(head, c, format);
    const repeat = await repeats.begin(request, render);
    if (repeat.kind === "answered") return repeats.replay(reply, repeat.body);
    try {
      const handle = await inference.submit(request.principal, fromEmbedding(body), {
        ...callerOptions(request),
        ...repeat.options,
      });
      return render(headOf(handle), await wholeAnswer(reply, handle));
    } finally {
      repeat.end();
    }
  }

  /** Models that can answer now, the fastest first. */
  function available(): { model: Model; speed: number }[] {
    return models
      .list()
      .map((model) => ({ model, speed: fastest(nodes, model.id) }))
      .filter((m): m is { model: Model; speed: number } => m.speed !== null)
      .sort((a, b) => b.speed - a.speed);
  }

  function register(app: FastifyInstance): void {
    const own = { scope: "inference", ownIdempotency: true, slowMs: 120_000 } as const;
    app.post(
      "/chat/completions",
      { config: { ...own, schema: { summary: "Answer a conversation", body: chatCompletionRequest } } },
      (request, reply) => {
        const body = parse(chatCompletionRequest, request.body);
        return generate(request, reply, {
          submit: fromChat(body),
          dialect: chatDialect,
          stream: body.stream === true,
          withUsage: body.stream_options?.include_usage === true,
        });
      },
    );
    app.post(
      "/completions",
      { config: { ...own, schema: { summary: "Continue a text", body: completionRequest } } },
      (request, reply) => {
        const body = parse(completionRequest, request.body);
        return generate(request, reply, {
          submit: fromCompletion(body),
          dialect: completionDialect,
          stream: body.stream === true,
          withUsage: body.stream_options?.include_usage === true,
        });
      },
    );
    app.post("/embeddings", { config: { ...own, schema: { summary: "Embed texts", body: embeddingRequest } } }, embed);
    app.get(
      "/models",
      { config: { scope: "read", schema: { summary: "Models that can answer now, the fastest first" } } },
      () => ({
        object: "list",
        data: available().map(({ model, speed }) => modelInfo(model, nodes.serving(model.id).length, speed)),
      }),
    );
    app.get<{ Params: { "*": string } }>(
      "/models/*",
      { config: { scope: "read", schema: { summary: "One model of the catalogue" } } },
      (request) => {
        const id = request.params["*"];
        const model = models.find(id);
        if (model === null)
          throw coded("model_not_found", {
            message: `The model "${id.slice(0, 100)}" does not exist.`,
            param: "model",
          });
        return modelInfo(model, nodes.serving(id).length, fastest(nodes, id));
      },
    );
  }

  return { area: "inference", prefix: "/v1", register };
}

/** Output tokens a second of the fastest node that could take work; null when there is none. */
function fastest(nodes: Nodes, model: string): number | null {
  let best: number | null = null;
  for (const node of nodes.serving(model)) {
    if (node.draining || node.status !== "online") continue;
    best = Math.max(best ?? 0, node.offers.get(model)?.tokensPerSecond ?? 0);
  }
  return best;
}

const modelInfo = (m: Model, nodeCount: number, speed: number | null) => ({
  id: m.id,
  object: "model",
  created: Math.floor(m.createdAt.getTime() / 1000),
  owned_by: "far-labs",
  context_length: m.contextTokens,
  label: m.label,
  source: m.source,
  quantisation: m.quantisation,
  pricing: {
    input_micro_usd_per_1m: m.prices.inputMicro.toString(),
    output_micro_usd_per_1m: m.prices.outputMicro.toString(),
  },
  nodes: nodeCount,
  tokens_per_second: speed === null ? null : Math.round(speed * 10) / 10,
});
