import { createInterface } from "node:readline/promises";
import type { ChatMessage } from "@farlabs/sdk";
import { isFarApiError } from "@farlabs/sdk";
import { renderError } from "../terminal/renderError.ts";
import { type AskOptions, ask } from "./ask.ts";

/**
 * A conversation. Ctrl-C stops the running answer, or leaves at the prompt, as does Ctrl-D. An answer that was stopped stays in the
 * conversation as far as it came, since that is what the user saw.
 */
export async function repl(options: AskOptions, first: readonly ChatMessage[]): Promise<number> {
  const { terminal } = options;
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  let running: AbortController | null = null;
  lines.on("SIGINT", () => (running === null ? lines.close() : running.abort()));
  const messages: ChatMessage[] = [...first];
  const left = new Promise<null>((resolve) => lines.once("close", () => resolve(null)));
  terminal.note(terminal.noteStyle.dim(`Talking to ${options.model}. Ctrl-C stops an answer, Ctrl-D leaves.`));
  for (;;) {
    const line = await Promise.race([lines.question(terminal.style.cyan("› ")).catch(() => null), left]);
    if (line === null) break;
    if (line.trim() === "") continue;
    messages.push({ role: "user", content: line });
    running = new AbortController();
    const { text, error } = await ask(options, { messages, signal: running.signal });
    running = null;
    if (text === "") messages.pop();
    else messages.push({ role: "assistant", content: text });
    if (error !== null && !(isFarApiError(error) && error.code === "aborted")) {
      for (const shown of renderError(error, terminal.noteStyle)) terminal.note(shown);
    }
  }
  terminal.note("");
  return 0;
}
