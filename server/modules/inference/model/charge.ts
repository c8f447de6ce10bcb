/** "After: the charge" of docs/billing.md, as a function. Pure. */

/** How a task ends. `lost` and `failed` are the network's fault, `refused` the request's. */
export type Ending = "completed" | "cancelled" | "overall_limit" | "lost" | "failed" | "refused";

export interface Delivered {
  inputTokens: number;
  outputTokens: number;
  /** Embeddings and the like: paid by input once the result arrived. */
  paidByInput: boolean;
}

/** Tokens the user pays for. Both zero means the reservation is voided. */
export function chargedTokens(ending: Ending, d: Delivered): { inputTokens: number; outputTokens: number } {
  const nothing = { inputTokens: 0, outputTokens: 0 };
  switch (ending) {
    case "completed":
      if (d.paidByInput) return { inputTokens: d.inputTokens, outputTokens: 0 };
      return d.outputTokens === 0 ? nothing : { inputTokens: d.inputTokens, outputTokens: d.outputTokens };
    case "cancelled":
    case "overall_limit":
      if (d.paidByInput || d.outputTokens === 0) return nothing;
      return { inputTokens: d.inputTokens, outputTokens: d.outputTokens };
    case "lost":
    case "failed":
    case "refused":
      return nothing;
    default: {
      const never: never = ending;
      throw new Error(`unreachable: ${String(never)}`);
    }
  }
}
