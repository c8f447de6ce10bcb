import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ChatMessage } from "@farlabs/protocol";
import { Template } from "@huggingface/jinja";
import { Tokenizer } from "@huggingface/tokenizers";
import { z } from "zod";

/** Counts tokens as the model's own tokenizer does. */
export interface TextTokenizer {
  count(text: string): number;
  /** Tokens of the rendered chat prompt, generation prompt included. */
  countChat(messages: readonly ChatMessage[]): number;
}

/** A model's manifest as `models/<id>/manifest.json` states it. */
const manifestSchema = z.object({
  id: z.string(),
  context: z.number().int(),
  quantisation: z.string(),
  engine: z.string(),
  template: z.string(),
  weights: z.object({ file: z.string(), sha256: z.string() }),
  tokenizer: z.object({ file: z.string(), sha256: z.string() }),
});

/** Content parts flattened to the text a text model is given. */
export function plainText(content: ChatMessage["content"]): string {
  if (content === null || content === undefined) return "";
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}

/**
 * Loads a manifest's tokenizer and template.
 * @throws Error when a file is missing or does not have the hash that the manifest states
 */
export function loadManifest(dir: string): { id: string; hash: string; tokenizer: TextTokenizer } {
  const raw = readFileSync(join(dir, "manifest.json"), "utf8");
  const manifest = manifestSchema.parse(JSON.parse(raw));
  const file = readFileSync(join(dir, manifest.tokenizer.file));
  const sha256 = createHash("sha256").update(file).digest("hex");
  if (sha256 !== manifest.tokenizer.sha256) throw new Error(`${dir}: tokenizer does not match its manifest`);
  const tokenizer = new Tokenizer(JSON.parse(file.toString("utf8")), {});
  const template = new Template(manifest.template);
  const count = (text: string): number => (text === "" ? 0 : tokenizer.encode(text).ids.length);
  const countChat = (messages: readonly ChatMessage[]): number => {
    const flat = messages.map((m) => ({ role: m.role, content: plainText(m.content) }));
    return count(template.render({ messages: flat, add_generation_prompt: true }));
  };
  return { id: manifest.id, hash: createHash("sha256").update(raw).digest("hex"), tokenizer: { count, countChat } };
}
