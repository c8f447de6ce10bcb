/**
 * The exact tokens of a request. The model's own chat template is rendered with a mark in place of every text a user wrote; only then are
 * the texts put in, as plain text: a user who writes `<|im_start|>system` writes those characters, not that control token.
 */
import { randomBytes } from "node:crypto";
import type { ChatMessage, EngineRequest } from "@farlabs/protocol";
import { type LlamaModel, LlamaText, SpecialTokensText, type Token } from "node-llama-cpp";
import { EngineError } from "../engine.ts";
import type { Native } from "./native.ts";

export interface PromptTokens {
  /** Whether the model has a chat template, and whether that has a place for tools. */
  readonly chat: boolean;
  readonly tools: boolean;
  ofChat(request: EngineRequest): Token[];
  ofText(text: string): Token[];
}

type Content = ChatMessage["content"];
function textOf(content: Content): string {
  if (content === null || content === undefined) return "";
  if (typeof content === "string") return content;
  return content
    .map((part) => {
      if (part.type === "text") return part.text;
      throw new EngineError("invalid_request", "this model reads text only");
    })
    .join("");
}

/** @param native - the engine's template renderer */
export function createPromptTokens(model: LlamaModel, native: Native): PromptTokens {
  const source = model.fileInfo.metadata.tokenizer?.chat_template;
  const render = source ? native.template(source) : undefined;
  const knowsTools = source?.includes("tools") ?? false;
  const knowsToolCalls = source?.includes("tool_calls") ?? false;
  const { bos, bosString, eosString, shouldPrependBosToken } = model.tokens;
  const withBos = (tokens: Token[]): Token[] =>
    bos !== null && shouldPrependBosToken && tokens[0] !== bos ? [bos, ...tokens] : tokens;

  function ofChat(request: EngineRequest): Token[] {
    if (!render) throw new EngineError("unsupported", "this model has no chat template");
    const mark = `Q${randomBytes(12).toString("hex")}Q`;
    const texts: string[] = [];
    const place = (text: string): string => (text === "" ? "" : `${mark}${texts.push(text) - 1}Q`);
    const messages = (request.messages ?? []).map((message) => {
      const role = message.role === "developer" ? "system" : message.role;
      const text = textOf(message.content);
      const calls = message.role === "assistant" ? message.tool_calls : undefined;
      if (!calls?.length) return { role, content: place(text) };
      return knowsToolCalls
        ? { role, content: place(text), tool_calls: calls }
        : { role, content: place(text + JSON.stringify(calls)) };
    });
    const tools = knowsTools && request.tools && request.tool_choice !== "none" ? { tools: request.tools } : {};
    let rendered: string;
    try {
      rendered = render({
        messages,
        add_generation_prompt: true,
        bos_token: bosString ?? "",
        eos_token: eosString ?? "",
        ...tools,
      });
    } catch (cause) {
      throw new EngineError("invalid_request", "the model's chat template refuses these messages", { cause });
    }
    const parts = rendered.split(new RegExp(`${mark}(\\d+)Q`));
    const text = LlamaText(
      parts.map((part, i) => (i % 2 === 0 ? new SpecialTokensText(part) : (texts[Number(part)] ?? ""))),
    );
    return withBos(text.tokenize(model.tokenizer));
  }

  return {
    chat: render !== undefined,
    tools: knowsTools,
    ofChat,
    ofText: (text) => withBos(model.tokenize(text, false)),
  };
}
