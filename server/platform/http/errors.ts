import { defineErrors } from "#kernel";

/** Codes of the HTTP surface itself. */
export const httpErrors = defineErrors({
  invalid_json: {
    status: 400,
    type: "invalid_request_error",
    message: "The body is not valid JSON.",
    actor: "caller",
    retryable: false,
  },
  body_too_large: {
    status: 413,
    type: "invalid_request_error",
    message: "The body is larger than this endpoint accepts.",
    actor: "caller",
    retryable: false,
  },
  unsupported_media_type: {
    status: 415,
    type: "invalid_request_error",
    message: "Send the body as application/json.",
    actor: "caller",
    retryable: false,
  },
  method_not_allowed: {
    status: 405,
    type: "invalid_request_error",
    message: "This path does not answer that method.",
    actor: "caller",
    retryable: false,
  },
  request_timeout: {
    status: 408,
    type: "invalid_request_error",
    message: "The request did not arrive in time.",
    actor: "caller",
    retryable: true,
  },
  headers_too_large: {
    status: 431,
    type: "invalid_request_error",
    message: "The request headers are too large.",
    actor: "caller",
    retryable: false,
  },
  rate_limited: {
    status: 429,
    type: "rate_limit_error",
    message: "Too many requests. Wait for the time in Retry-After.",
    actor: "caller",
    retryable: true,
  },
  idempotency_key_invalid: {
    status: 400,
    type: "invalid_request_error",
    message: "Idempotency-Key must be 1 to 255 printable ASCII characters.",
    actor: "caller",
    retryable: false,
  },
  idempotency_key_reused: {
    status: 422,
    type: "invalid_request_error",
    message: "This Idempotency-Key was used with another request.",
    actor: "caller",
    retryable: false,
  },
  idempotency_conflict: {
    status: 409,
    type: "invalid_request_error",
    message: "A request with this Idempotency-Key is running elsewhere. Send it again to get its answer.",
    actor: "caller",
    retryable: true,
  },
});
