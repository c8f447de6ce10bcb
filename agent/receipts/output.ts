import { hash } from "node:crypto";
import { type Delta, type OutputChoice, outputText } from "@farlabs/protocol";
import type { Hex } from "viem";

/** What an attempt delivers, put together as the network puts it together, for one hash at the end. */
export interface Output {
  add(index: number, delta: Delta): void;
  /** `0x` and 64 hex digits. */
  hash(): Hex;
}

type Calls = { id: string; type: "function"; function: { name: string; arguments: string } }[];

function addCalls(calls: Calls, parts: NonNullable<Delta["tool_calls"]>): void {
  for (const part of parts) {
    const call = calls[part.index] ?? { id: part.id ?? "", type: "function", function: { name: "", arguments: "" } };
    calls[part.index] = call;
    call.function.name += part.function?.name ?? "";
    call.function.arguments += part.function?.arguments?.toWellFormed() ?? "";
  }
}

/** @param choices - how many the request asks for (inputs, for embeddings) */
export function createOutput(choices: number): Output {
  const made = Array.from({ length: choices }, () => ({
    text: "",
    toolCalls: [] as Calls,
    embedding: null as string | null,
  }));
  return {
    add(index, { content, tool_calls, embedding }) {
      const choice = made[index];
      if (choice === undefined) return;
      // The network mends half characters the same way, piece by piece.
      choice.text += content?.toWellFormed() ?? "";
      if (tool_calls !== undefined) addCalls(choice.toolCalls, tool_calls);
      if (embedding !== undefined) choice.embedding = embedding;
    },
    hash: () => `0x${hash("sha256", outputText(made satisfies OutputChoice[]), "hex")}`,
  };
}
