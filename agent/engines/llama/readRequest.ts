/** What a request means for this engine, before anything is computed. */
import { randomBytes } from "node:crypto";
import type { EngineRequest, GivenCompletion } from "@farlabs/protocol";
import type { LlamaModel, Token } from "node-llama-cpp";
import { EngineError, type EngineTask } from "../engine.ts";
import { findStop } from "../stopText.ts";
import type { GenerateOptions } from "./generate.ts";
import { grammarOfSchema, objectGrammar } from "./jsonSchemaGrammar.ts";

/** Length that a character cut in half by the answer's limit can have in the tokens' text and not in the answer's. */
const HALF_CHARACTER = 4;

export type Tool = NonNullable<EngineRequest["tools"]>[number];

/**
 * The tools one of which must be called; none = answer with text (so does `auto`: see the README).
 * @throws EngineError `invalid_request` when the named function is not among the tools
 */
export function forcedTools({ kind, request }: EngineTask): Tool[] {
  const { tools = [], tool_choice: choice } = request;
  if (kind !== "chat") return [];
  if (choice === "required") return tools;
  if (typeof choice !== "object") return [];
  const named = tools.filter((t) => t.function.name === choice.function.name);
  if (named.length === 0)
    throw new EngineError("invalid_request", "tool_choice names a function that is not among the tools");
  return named;
}

/**
 * The grammar of a constrained answer. `closes`: once complete it cannot grow — an object or array; bare numbers and texts can.
 * @throws EngineError `invalid_request` for a schema that cannot be enforced
 */
export function responseGrammar({
  response_format: format,
}: EngineRequest): { text: string; closes: boolean } | undefined {
  if (!format || format.type === "text") return undefined;
  const schema = format.type === "json_schema" ? format.json_schema.schema : undefined;
  if (!schema) return { text: objectGrammar(), closes: true };
  return {
    text: grammarOfSchema(schema),
    closes: schema.type === "object" || schema.type === "array" || "properties" in schema,
  };
}

/**
 * What was delivered, as the tokens that were delivered.
 * @returns `stopped` when it already ends in a stop sequence: the node before died between its last chunk and its result
 */
export function deliveredOf(task: EngineTask, model: LlamaModel): GenerateOptions["delivered"] & { stopped: boolean } {
  const from = task.continueFrom;
  if (!from) return { tokens: [], text: "", stopped: false };
  const known = knownTokens(from, model);
  const tokens = known ?? model.tokenize(from.text, false, "trimLeadingSpace");
  const whole = known ? model.detokenize(tokens) : from.text;
  return { tokens, text: from.text, stopped: findStop(whole, task.request.stop ?? []) >= 0 };
}

/**
 * The ids another node said it delivered, if they are this model's and make the delivered text. They are hearsay: llama.cpp ends the
 * process at an id that it does not know.
 */
function knownTokens(from: Pick<GivenCompletion, "text" | "tokenIds">, model: LlamaModel): Token[] | undefined {
  const size = vocabularySize(model);
  if (!from.tokenIds?.every((id) => id < size)) return undefined;
  const tokens = from.tokenIds as Token[];
  // Text that might become a stop sequence, or half a character, was held back: the tokens may say more than was delivered.
  return model.detokenize(tokens).trimStart().startsWith(from.text.trimStart()) ? tokens : undefined;
}

/**
 * The tokens of an answer to score: its ids if they are this model's and say the text and no more than a stop sequence beyond it (else a
 * node could thin out a bad answer with likely tokens that nobody got), otherwise the text's own.
 */
export function completionTokens(given: GivenCompletion, stops: readonly string[], model: LlamaModel): Token[] {
  const known = knownTokens(given, model);
  const beyondMax = Math.max(0, ...stops.map((stop) => stop.length)) + HALF_CHARACTER;
  if (known && model.detokenize(known).trimStart().length <= given.text.trimStart().length + beyondMax) return known;
  return model.tokenize(given.text, false, "trimLeadingSpace");
}

const sizes = new WeakMap<LlamaModel, number>();
function vocabularySize(model: LlamaModel): number {
  const known = sizes.get(model);
  if (known !== undefined) return known;
  let size = 0;
  for (const _ of model.iterateAllTokens()) size += 1;
  sizes.set(model, size);
  return size;
}

/** OpenAI's defaults; without a seed a random one. */
export function samplingOf(request: EngineRequest) {
  return {
    temperature: request.temperature ?? 1,
    topP: request.top_p ?? 1,
    presencePenalty: request.presence_penalty ?? 0,
    frequencyPenalty: request.frequency_penalty ?? 0,
    seed: request.seed ?? randomBytes(6).readUIntBE(0, 6),
    topLogprobs: request.logprobs ? (request.top_logprobs ?? 0) : undefined,
  };
}
