import { FarApiError } from "../errors.ts";
import { parseRetryAfter } from "./retry.ts";

interface WireFields {
  code?: unknown;
  message?: unknown;
  type?: unknown;
  param?: unknown;
  request_id?: unknown;
  doc_url?: unknown;
}

const textOr = <T>(value: unknown, fallback: T): string | T => (typeof value === "string" ? value : fallback);

function wireFields(body: unknown): WireFields | null {
  const isError = typeof body === "object" && body !== null && "error" in body && Object.keys(body).length === 1;
  const error = isError ? body.error : null;
  return typeof error === "object" && error !== null ? error : null;
}

/** The error that a JSON body or a stream's event is, or null. A task that failed has an `error` among its fields and is no error itself. */
export function errorInBody(body: unknown, at: { status: number; headers: Headers }): FarApiError | null {
  const wire = wireFields(body);
  if (wire === null) return null;
  return new FarApiError({
    code: textOr(wire.code, "unknown_error"),
    message: textOr(wire.message, `The network answered ${at.status}.`),
    status: at.status,
    type: textOr(wire.type, "api_error"),
    param: textOr(wire.param, null),
    requestId: textOr(wire.request_id, at.headers.get("x-request-id")),
    docUrl: textOr(wire.doc_url, null),
    retryAfterS: parseRetryAfter(at.headers.get("retry-after"), Date.now()),
  });
}

/** The error of an answer whose status says so; a body that is not ours (a proxy's page) becomes `bad_answer` with the status. */
export async function errorOfResponse(response: Response): Promise<FarApiError> {
  const text = await response.text().catch(() => "");
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    // Not JSON, so not ours; reported below with its status.
  }
  return (
    errorInBody(body, response) ??
    new FarApiError({
      code: "bad_answer",
      message: `The answer has status ${response.status} and no error body; is this the address of a Far Labs network?`,
      status: response.status,
      requestId: response.headers.get("x-request-id"),
      retryAfterS: parseRetryAfter(response.headers.get("retry-after"), Date.now()),
    })
  );
}
