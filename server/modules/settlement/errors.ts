import { defineErrors } from "#kernel";

export const settlementErrors = defineErrors({
  chain_unavailable: {
    status: 503,
    type: "server_error",
    message: "The chain cannot be read right now.",
    actor: "platform",
    retryable: true,
  },
  receipt_not_found: {
    status: 404,
    type: "invalid_request_error",
    message: "This account has no receipt for that task. Tasks that cost nothing have none.",
    actor: "caller",
    retryable: false,
  },
  epoch_not_found: {
    status: 404,
    type: "invalid_request_error",
    message: "No such epoch.",
    actor: "caller",
    retryable: false,
  },
});
