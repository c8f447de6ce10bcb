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
