/** Everything that keeps an agent from starting or makes it stop for good. `code` is stable, `message` says what to do. */
export type AgentErrorCode =
  | "bad_option"
  | "insecure_url"
  | "bad_node_key"
  | "no_engine"
  | "model_file"
  | "refused_by_network"
  | "protocol_mismatch";

export class AgentError extends Error {
  override readonly name = "AgentError";
  readonly code: AgentErrorCode;
  constructor(code: AgentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const OPTIONS_WRONG: ReadonlySet<AgentErrorCode> = new Set([
  "bad_option",
  "insecure_url",
  "bad_node_key",
  "model_file",
]);

/** Whether starting again with the same options would end the same way, so that whoever supervises the agent should not. */
export const isOptionWrong = (error: unknown): error is AgentError =>
  error instanceof AgentError && OPTIONS_WRONG.has(error.code);
