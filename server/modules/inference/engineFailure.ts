import type { FailCode } from "@farlabs/protocol";
import { coded, type FarError, unreachable } from "#kernel";

/** What the caller is told when a node could not answer. The engine's own words stay in our logs, except for what the caller can mend. */
export function engineFailure(code: FailCode, said: string): FarError {
  // A node's words reach logs, rows and callers: no control characters, and not many of them.
  const message = said.replace(/\p{C}+/gu, " ").slice(0, 300);
  switch (code) {
    case "context_length_exceeded":
      return coded("context_length_exceeded", { param: "messages" });
    case "invalid_request":
      return coded("engine_refused", { message: `The model's engine refused the request: ${message}` });
    case "unsupported":
      return coded("unsupported_parameter", { message: `The model's engine cannot do this: ${message}` });
    case "overloaded":
      return coded("queue_full", { retryAfterS: 5, internal: message });
    case "engine_error":
    case "engine_unavailable":
    case "engine_truncated":
    case "aborted":
      return coded("node_failed", { internal: `${code}: ${message}` });
    default:
      return unreachable(code);
  }
}
