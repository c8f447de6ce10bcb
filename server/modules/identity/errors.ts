import { defineErrors, type ErrorSpec } from "#kernel";

const refused = (message: string): ErrorSpec => ({
  status: 401,
  type: "authentication_error",
  message,
  actor: "caller",
  retryable: false,
});

/** Codes of identity. */
export const identityErrors = defineErrors({
  missing_credentials: refused(
    "No credentials were sent. Send Authorization: Bearer with an API key or an access token.",
  ),
  invalid_api_key: refused("The API key is not known. It may be mistyped or revoked."),
  api_key_expired: refused("The API key has expired."),
  invalid_token: refused("The token is not valid, or its session has ended. Sign in again."),
  invalid_signature: refused("The signed message does not prove this wallet."),
  ip_not_allowed: {
    status: 403,
    type: "permission_error",
    message: "This API key may not be used from this address.",
    actor: "caller",
    retryable: false,
  },
  account_suspended: {
    status: 403,
    type: "permission_error",
    message: "This account is suspended.",
    actor: "caller",
    retryable: false,
  },
  insufficient_scope: {
    status: 403,
    type: "permission_error",
    message: "This key or session may not do that.",
    actor: "caller",
    retryable: false,
  },
  wallet_taken: {
    status: 409,
    type: "invalid_request_error",
    message: "This wallet belongs to another account.",
    actor: "caller",
    retryable: false,
  },
  last_wallet: {
    status: 409,
    type: "invalid_request_error",
    message: "An account keeps at least one wallet: it is how its owner signs in.",
    actor: "caller",
    retryable: false,
  },
  too_many_keys: {
    status: 409,
    type: "invalid_request_error",
    message: "The account has as many API keys as it may. Revoke one first.",
    actor: "caller",
    retryable: false,
  },
});
