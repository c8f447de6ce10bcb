import { defineErrors } from "#kernel";

export const trustErrors = defineErrors({
  node_not_scored: {
    status: 404,
    type: "invalid_request_error",
    message: "No node of this id has been seen.",
    actor: "caller",
    retryable: false,
  },
  no_open_case: {
    status: 409,
    type: "invalid_request_error",
    message: "Nothing is open against this node that could be appealed.",
    actor: "operator",
    retryable: false,
  },
  appeal_already_decided: {
    status: 409,
    type: "invalid_request_error",
    message:
      "An appeal in this case was decided already. The one on chain stays open to you until the slash is executed.",
    actor: "operator",
    retryable: false,
  },
  slash_not_found: {
    status: 404,
    type: "invalid_request_error",
    message: "No such case is known.",
    actor: "caller",
    retryable: false,
  },
  appeal_not_open: {
    status: 409,
    type: "invalid_request_error",
    message: "No appeal waits for a decision in this case.",
    actor: "caller",
    retryable: false,
  },
  appeal_is_on_chain: {
    status: 409,
    type: "invalid_request_error",
    message: "This appeal was made on chain. The arbiter's key decides it there, with resolveAppeal.",
    actor: "platform",
    retryable: false,
  },
  calibration_invalid: {
    status: 400,
    type: "invalid_request_error",
    message: "A calibration needs at least 40 statistics of honest runs, all of them numbers.",
    actor: "caller",
    retryable: false,
  },
});
