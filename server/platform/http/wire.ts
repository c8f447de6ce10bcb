/** The one place where an error becomes an answer. Whatever is not a coded error is `internal_error` outside and its own text in the log. */
import type { WireError } from "@farlabs/protocol";
import { coded, type FarError, isFarError } from "#kernel";

/** What Fastify itself throws, by its code. */
const FRAMEWORK_CODES: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "body_too_large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported_media_type",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "invalid_request",
  FST_ERR_BAD_URL: "invalid_request",
  FST_ERR_MAX_PARAM_LENGTH: "not_found",
  // node:http, seen by clientErrorHandler
  ERR_HTTP_REQUEST_TIMEOUT: "request_timeout",
  HPE_HEADER_OVERFLOW: "headers_too_large",
};

export interface WireAnswer {
  status: number;
  /** Whole seconds, at least 1. */
  retryAfterS: number | undefined;
  body: WireError;
}

/** Any thrown value as a coded error; the unknown keeps its text as `cause`. */
export function toCoded(error: unknown): FarError {
  if (isFarError(error)) return error;
  const code = (error as { code?: unknown } | null | undefined)?.code;
  const known = typeof code === "string" ? FRAMEWORK_CODES[code] : undefined;
  if (known !== undefined) return coded(known, { cause: error });
  if (typeof code === "string" && code.startsWith("HPE_")) {
    return coded("invalid_request", { message: "The request is not valid HTTP.", cause: error });
  }
  return coded("internal_error", { cause: error, internal: error instanceof Error ? error.message : String(error) });
}

/** The public face of an error; nothing internal passes. `docsUrl` is the address of the error pages, without a slash at its end. */
export function toWire(error: FarError, requestId: string, docsUrl: string): WireAnswer {
  return {
    status: error.spec.status,
    retryAfterS: error.retryAfterS === undefined ? undefined : Math.max(1, Math.ceil(error.retryAfterS)),
    body: {
      error: {
        code: error.code,
        message: error.message,
        type: error.spec.type,
        param: error.param,
        request_id: requestId,
        doc_url: `${docsUrl}/${error.code}`,
      },
    },
  };
}
