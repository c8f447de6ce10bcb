import { defineErrors } from "#kernel";

export const stakingErrors = defineErrors({
  staking_unavailable: {
    status: 503,
    type: "server_error",
    message: "The staking contract cannot be read right now.",
    actor: "platform",
    retryable: true,
  },
});
