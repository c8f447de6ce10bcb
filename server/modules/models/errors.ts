import { defineErrors } from "#kernel";

export const modelErrors = defineErrors({
  model_not_found: {
    status: 404,
    type: "invalid_request_error",
    message: "The network does not know this model.",
    actor: "caller",
    retryable: false,
  },
  price_stale: {
    status: 503,
    type: "server_error",
    message: "The FAR price feed is out of date, so nothing can be quoted. Running tasks finish at their own rate.",
    actor: "platform",
    retryable: true,
  },
  price_jump: {
    status: 503,
    type: "server_error",
    message:
      "The FAR price moved too far at once and is not confirmed yet, so nothing can be quoted. Running tasks finish at their own rate.",
    actor: "platform",
    retryable: true,
  },
});
