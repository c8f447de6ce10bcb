/** A chat or completion request on one slot: choices, continuation, constrained output, tool calls. */
import { randomBytes } from "node:crypto";
import type { EngineRequest } from "@farlabs/protocol";
import type { LlamaModel, Token } from "node-llama-cpp";
import { EngineError, type EngineIo, type EngineResult, type EngineTask } from "../engine.ts";
import { findStop } from "../stopText.ts";
import type { Constraint, Constraints } from "./constraint.ts";
import { type Generated, type GenerateOptions, generate } from "./generate.ts";
import { grammarOfSchema, namesGrammar, objectGrammar } from "./jsonSchemaGrammar.ts";
import { chatLogprobs, completionLogprobs, type TokenLogprob } from "./logprobs.ts";
import type { Slot } from "./slot.ts";

export interface AnswerDeps {
  model: LlamaModel;
  constraints: Constraints;
  contextTokens: number;
}
export interface AnswerRun {
  task: EngineTask;
  prompt: readonly Token[];
  slot: Slot;
  io: EngineIo;
}
type Delivered = GenerateOptions["delivered"];

/** The tools one of which must be called; none = answer with text. `auto` on a small model is text: see the README. */
function forcedTools(request: EngineRequest): NonNullable<EngineRequest["tools"]> {
  const { tools = [], tool_choice: choice } = request;
  if (choice === "required") return tools;
  if (typeof choice !== "object") return [];
  const named = tools.filter((t) => t.function.name === choice.function.name);
  if (named.length === 0)
    throw new EngineError("invalid_request", "tool_choice names a function that is not among the tools");
  return named;
}
function responseGrammar(request: EngineRequest): string | undefined {
  const format = request.response_format;
  if (!format || format.type === "text") return undefined;
  const schema = format.type === "json_schema" ? format.json_schema.schema : undefined;
  return schema ? grammarOfSchema(schema) : objectGrammar();
}
/** Bare numbers and texts may grow after they are complete; an object or array cannot. */
const closesItself = (request: EngineRequest): boolean => {
  const format = request.response_format;
  if (format?.type !== "json_schema" || !format.json_schema.schema)
    return format?.type === "json_object" || format?.type === "json_schema";
  const { type } = format.json_schema.schema;
  return type === "object" || type === "array" || "properties" in format.json_schema.schema;
};

/**
 * What was delivered, as the tokens that were delivered.
 * @returns `stopped` when it already ends in a stop sequence: the node before died between its last chunk and its result
 */
function deliveredOf(task: EngineTask, model: LlamaModel): Delivered & { stopped: boolean } {
  const from = task.continueFrom;
  if (!from) return { tokens: [], text: "", stopped: false };
  const tokens = (from.tokenIds as Token[] | undefined) ?? model.tokenize(from.text, false, "trimLeadingSpace");
  const whole = from.tokenIds ? model.detokenize(tokens) : from.text;
  const stops = task.request.stop ?? [];
  return { tokens, text: from.text, stopped: findStop(whole, stops) >= 0 };
}

function samplingOf(request: EngineRequest) {
  return {
    temperature: request.temperature ?? 1,
    topP: request.top_p ?? 1,
    presencePenalty: request.presence_penalty ?? 0,
    frequencyPenalty: request.frequency_penalty ?? 0,
    seed: request.seed ?? randomBytes(6).readUIntBE(0, 6),
    topLogprobs: request.logprobs ? (request.top_logprobs ?? 0) : undefined,
  };
}

/**
 * Answers on a slot; the caller holds it.
 * @throws EngineError
 */
export async function answer(deps: AnswerDeps, run: AnswerRun): Promise<EngineResult> {
  const { model, constraints, contextTokens } = deps;
  const { task, prompt, slot, io } = run;
  const { request, kind } = task;
  const { signal } = io;
  const tools = kind === "chat" ? forcedTools(request) : [];
  const delivered = deliveredOf(task, model);
  if (task.continueFrom && tools.length > 0) throw new EngineError("unsupported", "tool calls cannot be continued");
  if (task.continueFrom && (request.n ?? 1) > 1)
    throw new EngineError("unsupported", "several choices cannot be continued");

  const room = contextTokens - prompt.length - delivered.tokens.length;
  const asked = request.max_tokens === undefined ? room : request.max_tokens - (task.continueFrom?.tokens ?? 0);
  if (asked > room || room < 1)
    throw new EngineError(
      "context_length_exceeded",
      `this model's maximum context length is ${contextTokens} tokens; the prompt has ${prompt.length}${request.max_tokens ? `, max_tokens is ${request.max_tokens}` : ""}`,
    );
  const usage = { promptTokens: prompt.length, completionTokens: 0 };
  if (delivered.stopped) return { usage, finishReasons: ["stop"] };
  if (asked < 1) return { usage, finishReasons: ["length"] };

  const textOf = (token: number): string => model.detokenize([token as Token], true);
  const base = { ...samplingOf(request), stops: tools.length > 0 ? [] : (request.stop ?? []), signal };
  const shape = kind === "chat" ? chatLogprobs : completionLogprobs;
  const emitText = (index: number): GenerateOptions["onPiece"] => {
    return ({ text, tokenIds, notes }) => {
      const scored = notes.filter((n): n is TokenLogprob => n !== undefined);
      const logprobs = scored.length > 0 ? { logprobs: shape(scored, textOf) } : {};
      return io.onChunk({ index, delta: { content: text }, tokenIds, ...logprobs });
    };
  };

  async function text(choice: number): Promise<Generated> {
    const grammar = responseGrammar(request);
    const constraint = grammar === undefined ? undefined : await constraints.of(grammar);
    for (const token of delivered.tokens) constraint?.accept(token);
    if (constraint && delivered.tokens.length > 0 && closesItself(request) && constraint.complete())
      return { finishReason: "stop", tokens: 0 };
    await slot.prefill(prompt, delivered.tokens, signal);
    const endWhenComplete = closesItself(request);
    return generate(model, slot, {
      ...base,
      choice,
      delivered,
      tokensMax: asked,
      constraint,
      endWhenComplete,
      onPiece: emitText(choice),
    });
  }

  /** `{"name": <one of the names>, "arguments": <its schema>}`: what is fixed is fed, what is free is generated. */
  async function toolCall(choice: number): Promise<Generated & { called: boolean }> {
    const none = { tokens: [], text: "" };
    let fed: Token[] = [...prompt, ...model.tokenize('{"name": ', false)];
    let used = 0;
    let tool = tools[0];
    const phase = async (constraint: Constraint, onPiece: GenerateOptions["onPiece"]): Promise<Generated> => {
      // The fixed parts take room of their own: the call may end early, as `length`.
      const tokensMax = Math.min(asked - used, contextTokens - fed.length);
      if (tokensMax < 1) return { finishReason: "length", tokens: 0 };
      await slot.prefill(fed, [], signal);
      const done = await generate(model, slot, {
        ...base,
        choice,
        delivered: none,
        tokensMax,
        constraint,
        endWhenComplete: true,
        onPiece: (piece) => {
          fed = [...fed, ...(piece.tokenIds as Token[])];
          return onPiece(piece);
        },
      });
      used += done.tokens;
      return done;
    };
    const open = (name: string) =>
      io.onChunk({
        index: choice,
        delta: {
          tool_calls: [
            {
              index: 0,
              id: `call_${randomBytes(12).toString("hex")}`,
              type: "function",
              function: { name, arguments: "" },
            },
          ],
        },
      });
    if (tools.length > 1) {
      let name = "";
      const named = await phase(await constraints.of(namesGrammar(tools.map((t) => t.function.name))), (piece) => {
        name += piece.text;
        return undefined;
      });
      if (named.finishReason === "length") return { ...named, called: false };
      tool = tools.find((t) => JSON.stringify(t.function.name) === name);
    } else fed = [...fed, ...model.tokenize(JSON.stringify(tool?.function.name ?? ""), false)];
    if (!tool) throw new EngineError("engine_error", "the grammar let an unknown function through");
    await open(tool.function.name);
    fed = [...fed, ...model.tokenize(', "arguments": ', false)];
    const grammar = tool.function.parameters
      ? grammarOfSchema({ type: "object", ...tool.function.parameters })
      : objectGrammar();
    const done = await phase(await constraints.of(grammar), ({ text: args, tokenIds }) =>
      io.onChunk({ index: choice, delta: { tool_calls: [{ index: 0, function: { arguments: args } }] }, tokenIds }),
    );
    return { finishReason: done.finishReason, tokens: used, called: true };
  }

  const finishReasons: EngineResult["finishReasons"] = [];
  for (let choice = 0; choice < (request.n ?? 1); choice += 1) {
    if (tools.length > 0) {
      const done = await toolCall(choice);
      usage.completionTokens += done.tokens;
      finishReasons.push(done.finishReason === "stop" ? "tool_calls" : "length");
      continue;
    }
    const done = await text(choice);
    usage.completionTokens += done.tokens;
    finishReasons.push(done.finishReason);
  }
  return { usage, finishReasons };
}
