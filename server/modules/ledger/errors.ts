import { defineErrors } from "#kernel";

export const ledgerErrors = defineErrors({
  insufficient_funds: {
    status: 402,
    type: "insufficient_funds",
    message: "The balance does not cover this.",
    actor: "caller",
    retryable: false,
  },
  spend_cap_reached: {
    status: 402,
    type: "insufficient_funds",
    message: "The API key's spend cap does not cover this.",
    actor: "caller",
    retryable: false,
  },
  treasury_leg_unavailable: {
    status: 402,
    type: "insufficient_funds",
    message: "The treasury cannot put up its FAR for this right now. Pay in FAR, or try again in a moment.",
    actor: "platform",
    retryable: true,
  },
  wallet_frozen: {
    status: 402,
    type: "insufficient_funds",
    message: "This wallet is leaving the escrow, and spends nothing until its exit is paid or cancelled.",
    actor: "caller",
    retryable: false,
  },
  reservation_not_found: {
    status: 404,
    type: "invalid_request_error",
    message: "There is no reservation of this id.",
    actor: "platform",
    retryable: false,
  },
  reservation_resolved: {
    status: 409,
    type: "invalid_request_error",
    message: "This reservation was already posted, voided or expired.",
    actor: "platform",
    retryable: false,
  },
  post_exceeds_reserve: {
    status: 500,
    type: "server_error",
    message: "A charge was larger than what was reserved for it, and was not made.",
    actor: "platform",
    retryable: false,
  },
  id_reused: {
    status: 409,
    type: "invalid_request_error",
    message: "This id was used before with other contents.",
    actor: "caller",
    retryable: false,
  },
});

export type LedgerErrorCode = keyof typeof ledgerErrors;
