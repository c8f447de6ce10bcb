import type { EngineTask } from "../engine.ts";
import { EngineError } from "../engine.ts";

/** How a server is made to go on after a final assistant message; found by the probe. */
export type ContinueStyle = "continue_final_message" | "prefill";

export interface BodyOptions {
  /** The model's name at the server. */
  model: string;
  /** Absent: this model cannot go on after delivered text. */
  continueStyle?: ContinueStyle | undefined;
}

const continueFields: Record<ContinueStyle, Record<string, unknown>> = {
  continue_final_message: { add_generation_prompt: false, continue_final_message: true },
  prefill: {},
};

const withoutUndefined = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** @throws EngineError `unsupported` for what a foreign engine cannot go on with after text was delivered. */
function assertContinuable({ request }: EngineTask): void {
  const why =
    (request.n ?? 1) > 1
      ? "several choices"
      : request.logprobs
        ? "logprobs"
        : request.tools && request.tool_choice !== "none"
          ? "tools"
          : request.response_format && request.response_format.type !== "text"
            ? "constrained output"
            : undefined;
  if (why) throw new EngineError("unsupported", `this engine cannot continue an answer with ${why}`);
}

function sampling({ request, continueFrom }: EngineTask): Record<string, unknown> {
  const left = request.max_tokens === undefined ? undefined : request.max_tokens - (continueFrom?.tokens ?? 0);
  return {
    max_tokens: left,
    temperature: request.temperature,
    top_p: request.top_p,
    n: request.n === 1 ? undefined : request.n,
    stop: request.stop?.length ? request.stop : undefined,
    seed: request.seed,
    presence_penalty: request.presence_penalty || undefined,
    frequency_penalty: request.frequency_penalty || undefined,
    stream: true,
    stream_options: { include_usage: true },
  };
}

/**
 * The path and body that ask a server for a task.
 * @throws EngineError `unsupported` if the task continues an answer that this engine cannot continue; `invalid_request` without a prompt.
 */
export function upstreamBody(task: EngineTask, options: BodyOptions): { path: string; body: Record<string, unknown> } {
  const { request, kind, continueFrom } = task;
  const { model, continueStyle } = options;
  if (kind === "embedding") {
    const { input, dimensions } = request;
    return { path: "/embeddings", body: withoutUndefined({ model, input, dimensions, encoding_format: "float" }) };
  }
  if (continueFrom) assertContinuable(task);
  if (kind === "completion") {
    if (request.prompt === undefined) throw new EngineError("invalid_request", "a completion needs a prompt");
    const prompt = request.prompt + (continueFrom?.text ?? "");
    const logprobs = request.logprobs ? (request.top_logprobs ?? 0) : undefined;
    return { path: "/completions", body: withoutUndefined({ model, prompt, ...sampling(task), logprobs }) };
  }
  if (continueFrom && !continueStyle)
    throw new EngineError("unsupported", "this engine does not go on after delivered text");
  const delivered = continueFrom ? [{ role: "assistant", content: continueFrom.text }] : [];
  return {
    path: "/chat/completions",
    body: withoutUndefined({
      model,
      messages: [...(request.messages ?? []), ...delivered],
      ...sampling(task),
      logprobs: request.logprobs || undefined,
      top_logprobs: request.logprobs ? request.top_logprobs : undefined,
      tools: request.tools,
      tool_choice: request.tools ? request.tool_choice : undefined,
      parallel_tool_calls: request.tools ? request.parallel_tool_calls : undefined,
      response_format: request.response_format?.type === "text" ? undefined : request.response_format,
      ...(continueFrom && continueStyle ? continueFields[continueStyle] : {}),
    }),
  };
}
