import { defineErrors } from "#kernel";

export const nodeErrors = defineErrors({
  invalid_join_token: {
    status: 401,
    type: "authentication_error",
    message:
      "This join token is unknown or revoked. Make a new one with `far node token`, or with POST /api/v1/nodes/join-tokens.",
    actor: "operator",
    retryable: false,
  },
  invalid_node_signature: {
    status: 401,
    type: "authentication_error",
    message: "The node key did not sign this challenge.",
    actor: "operator",
    retryable: false,
  },
  node_key_taken: {
    status: 409,
    type: "invalid_request_error",
    message: "This node key belongs to another owner, or the join token to another node.",
    actor: "operator",
    retryable: false,
  },
  node_protocol_unsupported: {
    status: 400,
    type: "invalid_request_error",
    message: "This agent speaks another protocol version. Update it.",
    actor: "operator",
    retryable: false,
  },
  node_not_found: {
    status: 404,
    type: "invalid_request_error",
    message: "No such node belongs to this account.",
    actor: "caller",
    retryable: false,
  },
  too_many_hellos: {
    status: 429,
    type: "rate_limit_error",
    message: "Too many agents said hello from this address within a minute.",
    actor: "operator",
    retryable: true,
  },
  too_many_nodes: {
    status: 409,
    type: "invalid_request_error",
    message: "This account has as many nodes as one account may have.",
    actor: "operator",
    retryable: false,
  },
  too_many_join_tokens: {
    status: 409,
    type: "invalid_request_error",
    message: "This account has as many join tokens as it may have. Revoke those that are not used.",
    actor: "operator",
    retryable: false,
  },
  node_misbehaved: {
    status: 400,
    type: "invalid_request_error",
    message: "The node broke the protocol too often and was disconnected.",
    actor: "operator",
    retryable: true,
  },
});
