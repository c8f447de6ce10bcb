import { type GenerateResponse, generateRequest, taskSubmitRequest } from "@farlabs/protocol";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { coded } from "#kernel";
import { parse, type RouteArea, sse } from "#platform/http";
import type { Inference } from "../inference.ts";
import { errorOf, setTaskHeaders, wholeAnswer } from "./answer.ts";
import { callerOptions } from "./options.ts";
import { chargeOf } from "./render.ts";

const listQuery = z.strictObject({
  cursor: z.string().max(256).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  status: z.enum(["pending", "completed", "failed", "cancelled"]).optional(),
});

/** `/api/v1/tasks`: submit and leave, look, cancel, follow. */
export function tasksArea(inference: Inference): RouteArea {
  function register(app: FastifyInstance): void {
    app.post(
      "/submit",
      { config: { scope: "inference", schema: { summary: "Submit a task and leave", body: taskSubmitRequest } } },
      async (request, reply) => {
        const { model, messages, prompt, ...rest } = parse(taskSubmitRequest, request.body);
        const given = Object.fromEntries(Object.entries(rest).filter(([, v]) => v !== undefined));
        const engine = { model, ...(messages === undefined ? { prompt: prompt ?? "" } : { messages }), ...given };
        const kind = messages === undefined ? "completion" : "chat";
        const handle = await inference.submit(
          request.principal,
          { kind, engine },
          { ...callerOptions(request), keepAnswer: true },
        );
        setTaskHeaders(reply, handle);
        reply.code(202);
        return { task_id: handle.taskId, status: "pending", asset: handle.asset, quote: handle.quote.toString() };
      },
    );
    app.get(
      "/",
      { config: { scope: "read", schema: { summary: "Tasks of this account, newest first", query: listQuery } } },
      (request) => {
        const { cursor, limit, status } = parse(listQuery, request.query);
        return inference.list(request.principal.accountId, {
          limit,
          ...(cursor === undefined ? {} : { cursor }),
          ...(status === undefined ? {} : { status }),
        });
      },
    );
    app.get<{ Params: { id: string } }>(
      "/:id",
      { config: { scope: "read", schema: { summary: "One task: state, attempts, charge, reasons" } } },
      (request) => inference.task(request.principal.accountId, request.params.id),
    );
    app.post<{ Params: { id: string } }>(
      "/:id/cancel",
      { config: { scope: "inference", schema: { summary: "Cancel; what was delivered is charged" } } },
      async (request) => {
        await inference.cancel(request.principal.accountId, request.params.id);
        return { task_id: request.params.id, status: "cancelled" };
      },
    );
    app.get<{ Params: { id: string } }>(
      "/:id/events",
      { config: { scope: "read", slowMs: 1_800_000, schema: { summary: "Follow a task (SSE)" } } },
      async (request, reply) => {
        const { accountId } = request.principal;
        const task = await inference.task(accountId, request.params.id);
        const stream = sse(reply);
        stream.event("status", JSON.stringify({ task_id: task.task_id, status: task.status }));
        const off = inference.watch(task.task_id, {
          onStatus: (status) => stream.event("status", JSON.stringify({ task_id: task.task_id, status })),
          onDelta: (index, text) => stream.event("token", JSON.stringify({ index, text })),
          onEnd: () => void finish().catch(stream.end),
        });
        const finish = async (): Promise<void> => {
          stream.event("end", JSON.stringify(await inference.task(accountId, task.task_id)));
          stream.end();
        };
        if (off === null) await finish();
        else stream.signal.addEventListener("abort", off, { once: true });
        return reply;
      },
    );
  }
  return { area: "tasks", prefix: "/api/v1/tasks", register };
}

/** `/api/v1/inference/generate`: one prompt, one answer. */
export function generateArea(inference: Inference): RouteArea {
  function register(app: FastifyInstance): void {
    app.post(
      "/generate",
      {
        config: {
          scope: "inference",
          slowMs: 120_000,
          schema: { summary: "One prompt, one answer", body: generateRequest },
        },
      },
      async (request, reply) => {
        const body = parse(generateRequest, request.body);
        const engine = {
          model: body.model_id,
          messages: [{ role: "user" as const, content: body.prompt }],
          max_tokens: body.max_tokens,
          temperature: body.temperature,
        };
        const handle = await inference.submit(request.principal, { kind: "chat", engine }, callerOptions(request));
        const done = await wholeAnswer(reply, handle);
        const failed = errorOf(done);
        if (failed !== null) throw failed;
        const [choice] = done.choices;
        if (choice === undefined) throw coded("internal_error", { internal: "completed without a choice" });
        return {
          task_id: done.taskId,
          result: choice.text,
          tokens_used: done.promptTokens + done.completionTokens,
          cost: chargeOf(done).toString(),
          model: handle.model,
        } satisfies GenerateResponse;
      },
    );
  }
  return { area: "inference", prefix: "/api/v1/inference", register };
}
