import { defineErrors } from "#kernel";

export const processErrors = defineErrors({
  unknown_service: {
    status: 500,
    type: "server_error",
    message: "This SERVICE_NAME is not known.",
    actor: "platform",
    retryable: false,
  },
});
