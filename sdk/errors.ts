const brand = Symbol.for("farlabs.api-error");

/** Codes of failures that never reached the network or were seen on this side of it; the rest are the server's (docs/errors). */
export type ClientErrorCode =
  /** The base URL is not a URL, or is plain `http:` to another host. */
  | "insecure_url"
  | "invalid_url"
  /** No answer: the connection was refused, reset, or the name is unknown. */
  | "connection_failed"
  /** `timeoutMs` passed before the answer began. */
  | "timed_out"
  /** The caller's signal. */
  | "aborted"
  /** The answer is not what the interface promises (a proxy's page, broken JSON). */
  | "bad_answer"
  /** The stream ended without `[DONE]`: the answer is incomplete. */
  | "stream_truncated"
  /** The server wants a signature for another site. */
  | "foreign_domain";

export interface FarApiErrorFields {
  /** The server's code, or a {@link ClientErrorCode}. */
  code: string;
  message: string;
  /** HTTP status; 0 when there was no answer. */
  status: number;
  type?: string;
  /** The request field at fault. */
  param?: string | null;
  requestId?: string | null;
  docUrl?: string | null;
  /** Seconds to wait, from `Retry-After`. */
  retryAfterS?: number | null;
  cause?: unknown;
}

/** What every call of the SDK throws. Recognise it with {@link isFarApiError}, so that two copies of the SDK still agree. */
export class FarApiError extends Error {
  readonly [brand] = true;
  readonly code: string;
  readonly status: number;
  readonly type: string;
  readonly param: string | null;
  readonly requestId: string | null;
  readonly docUrl: string | null;
  readonly retryAfterS: number | null;

  constructor(fields: FarApiErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = "FarApiError";
    this.code = fields.code;
    this.status = fields.status;
    this.type = fields.type ?? (fields.status === 0 ? "client_error" : "api_error");
    this.param = fields.param ?? null;
    this.requestId = fields.requestId ?? null;
    this.docUrl = fields.docUrl ?? null;
    this.retryAfterS = fields.retryAfterS ?? null;
  }
}

/** True for an error of this SDK, whichever copy of it made the error. */
export const isFarApiError = (e: unknown): e is FarApiError =>
  typeof e === "object" && e !== null && (e as Record<symbol, unknown>)[brand] === true;
