import { defineErrors } from "#kernel";

export const pgErrors = defineErrors({
  overloaded: {
    status: 503,
    type: "server_error",
    message: "Too much is waiting to be recorded. Nothing of this request was; try again in a moment.",
    actor: "platform",
    retryable: true,
  },
  database_unavailable: {
    status: 503,
    type: "server_error",
    message: "The database cannot be reached. Nothing of this request was recorded; try again in a moment.",
    actor: "platform",
    retryable: true,
  },
  outcome_unknown: {
    status: 503,
    type: "server_error",
    message:
      "The connection broke while this was being recorded. Repeat it with the same idempotency key to learn the outcome.",
    actor: "platform",
    retryable: true,
  },
});
