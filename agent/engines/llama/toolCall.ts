import { randomBytes } from "node:crypto";
import type { Token } from "node-llama-cpp";
import { EngineError } from "../engine.ts";
import type { ChoiceRun } from "./answer.ts";
import { type Generated, type GenerateOptions, generate } from "./generate.ts";
import { grammarOfSchema, namesGrammar, objectGrammar } from "./jsonSchemaGrammar.ts";
import { samplingOf, type Tool } from "./readRequest.ts";

/**
 * Calls one of the tools: `{"name": <one of the names>, "arguments": <its schema>}`, where what is fixed is fed and what is free is generated under
 * a grammar. The name goes out first, then the arguments as they come.
 */
export async function toolCall(run: ChoiceRun, tools: readonly Tool[]): Promise<Generated> {
  const { deps, choice, prompt, slot, io, task, tokensMax } = run;
  const { model, constraints, contextTokens } = deps;
  const feed = (text: string): Token[] => model.tokenize(text, false);
  let fed: Token[] = [...prompt, ...feed('{"name": ')];
  let used = 0;

  async function phase(
    grammar: string,
    onText: (text: string, tokenIds: number[]) => Promise<void> | undefined,
  ): Promise<Generated> {
    // The fixed parts take room of their own: the call may end early, as `length`.
    const room = Math.min(tokensMax - used, contextTokens - fed.length);
    if (room < 1) return { finishReason: "length", tokens: 0 };
    await slot.prefill(fed, [], io.signal);
    const onPiece: GenerateOptions["onPiece"] = ({ text, tokenIds }) => {
      fed = [...fed, ...(tokenIds as Token[])];
      return onText(text, tokenIds);
    };
    const done = await generate(model, slot, {
      ...samplingOf(task.request),
      seed: run.seed,
      topLogprobs: undefined,
      stops: [],
      signal: io.signal,
      choice,
      delivered: { tokens: [], text: "" },
      tokensMax: room,
      constraint: await constraints.of(grammar),
      endWhenComplete: true,
      onPiece,
    });
    used += done.tokens;
    return done;
  }
  async function chooseTool(): Promise<Tool | undefined> {
    const [only, ...others] = tools;
    if (others.length === 0) {
      fed = [...fed, ...feed(JSON.stringify(only?.function.name ?? ""))];
      return only;
    }
    let name = "";
    const named = await phase(namesGrammar(tools.map((t) => t.function.name)), (text) => {
      name += text;
      return undefined;
    });
    return named.finishReason === "stop" ? tools.find((t) => JSON.stringify(t.function.name) === name) : undefined;
  }

  const tool = await chooseTool();
  if (!tool) return { finishReason: "length", tokens: used };
  const { name, parameters } = tool.function;
  const id = `call_${randomBytes(12).toString("hex")}`;
  await io.onChunk({
    index: choice,
    delta: { tool_calls: [{ index: 0, id, type: "function", function: { name, arguments: "" } }] },
  });
  fed = [...fed, ...feed(', "arguments": ')];
  const grammar = parameters ? grammarOfSchema({ type: "object", ...parameters }) : objectGrammar();
  const done = await phase(grammar, (args, tokenIds) =>
    io.onChunk({ index: choice, delta: { tool_calls: [{ index: 0, function: { arguments: args } }] }, tokenIds }),
  );
  return { finishReason: done.finishReason, tokens: used };
}

/** @throws EngineError `unsupported` for what cannot be continued after a part was delivered */
export function assertContinuable(p: { tools: readonly Tool[]; choices: number }): void {
  if (p.tools.length > 0) throw new EngineError("unsupported", "tool calls cannot be continued");
  if (p.choices > 1) throw new EngineError("unsupported", "several choices cannot be continued");
}
