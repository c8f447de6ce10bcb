import { defineErrors } from "#kernel";

export const realtimeErrors = defineErrors({
  realtime_token_required: {
    status: 401,
    type: "authentication_error",
    message: "Give a JWT in auth.token; an API key is exchanged for one first.",
    actor: "caller",
    retryable: false,
  },
  invalid_subscription: {
    status: 400,
    type: "invalid_request_error",
    message: "A subscription names one id: a string of 1 to 128 characters.",
    actor: "caller",
    retryable: false,
  },
  too_many_subscriptions: {
    status: 429,
    type: "rate_limit_error",
    message: "This socket watches as much as one socket may. Open another, or close what you no longer watch.",
    actor: "caller",
    retryable: false,
  },
});
