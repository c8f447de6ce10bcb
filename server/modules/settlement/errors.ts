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
  epoch_not_settled: {
    status: 409,
    type: "invalid_request_error",
    message: "This epoch is not settled yet; its file is published once the chain has confirmed it.",
    actor: "caller",
    retryable: true,
  },
  payee_not_found: {
    status: 404,
    type: "invalid_request_error",
    message: "The payees root of that epoch does not hold this address.",
    actor: "caller",
    retryable: false,
  },
  wallet_not_linked: {
    status: 403,
    type: "permission_error",
    message: "This wallet does not belong to your account.",
    actor: "caller",
    retryable: false,
  },
  exit_open: {
    status: 409,
    type: "invalid_request_error",
    message: "This wallet has asked to leave the escrow on chain; finish or cancel that exit first.",
    actor: "caller",
    retryable: false,
  },
  too_many_withdrawals: {
    status: 429,
    type: "rate_limit_error",
    message: "This wallet has 16 open withdrawals. Have them paid, or wait until they expire.",
    actor: "caller",
    retryable: true,
  },
  withdrawals_stopped: {
    status: 503,
    type: "server_error",
    message:
      "Settlement has stopped until a person has looked at it, so nothing is signed. An exit on chain works all the same.",
    actor: "platform",
    retryable: true,
  },
  withdrawal_not_found: {
    status: 404,
    type: "invalid_request_error",
    message: "This account has no such withdrawal.",
    actor: "caller",
    retryable: false,
  },
  finding_not_found: {
    status: 404,
    type: "invalid_request_error",
    message: "There is no open finding of this key.",
    actor: "caller",
    retryable: false,
  },
});
