import { createInterface } from "node:readline/promises";
import { CliError } from "../errors.ts";
import type { Terminal } from "./terminal.ts";

/** Asks before something that cannot be taken back. @throws CliError `not_confirmed`, also where nobody can be asked */
export async function confirm(terminal: Terminal, question: string): Promise<void> {
  if (!terminal.isInteractive) {
    throw new CliError("usage", "not_confirmed", {
      message: "This needs a yes, and nobody can be asked here.",
      hint: "Add --yes.",
    });
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `);
    if (!/^y(?:es)?$/i.test(answer.trim()))
      throw new CliError("failed", "not_confirmed", { message: "Nothing was done." });
  } finally {
    lines.close();
  }
}
