/** Who must act on an error. */
export type Actor = "caller" | "operator" | "platform" | "peer";

/** One row of the registry: the whole public face of an error. */
export interface ErrorSpec {
  /** HTTP status. */
  status: number;
  /** OpenAI's `type`. */
  type: string;
  /** The public sentence; `coded()` may give a more specific one. */
  message: string;
  actor: Actor;
  /** Whether the same request may succeed later without a change. */
  retryable: boolean;
}

const rows = new Map<string, ErrorSpec>();
const brand = Symbol.for("farlabs.error");

/** Registers a module's rows. @throws Error if a code is defined twice */
export function defineErrors<T extends Record<string, ErrorSpec>>(specs: T): T {
  for (const [code, spec] of Object.entries(specs)) {
    if (rows.has(code)) throw new Error(`error code ${code} is defined twice`);
    rows.set(code, spec);
  }
  return specs;
}

/** Every code known to this process; docs/errors is checked against it. */
export const registry = (): ReadonlyMap<string, ErrorSpec> => rows;

export interface ErrorDetails {
  /** Public sentence instead of the registry's. */
  message?: string;
  /** The request field at fault. */
  param?: string | null;
  /** Seconds, becomes `Retry-After`. */
  retryAfterS?: number;
  /** For logs only; never leaves the process. */
  internal?: string;
  cause?: unknown;
}

export class FarError extends Error {
  readonly [brand] = true;
  readonly code: string;
  readonly spec: ErrorSpec;
  readonly param: string | null;
  readonly retryAfterS: number | undefined;
  readonly internal: string | undefined;

  constructor(code: string, spec: ErrorSpec, details: ErrorDetails) {
    super(details.message ?? spec.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "FarError";
    this.code = code;
    this.spec = spec;
    this.param = details.param ?? null;
    this.retryAfterS = details.retryAfterS;
    this.internal = details.internal;
  }
}

/** Recognised by marker, so that two copies of this file still agree. */
export const isFarError = (e: unknown): e is FarError =>
  typeof e === "object" && e !== null && (e as Record<symbol, unknown>)[brand] === true;

/** Makes an error of a registered code. @throws Error for an unknown code, which is a bug */
export function coded(code: string, details: ErrorDetails = {}): FarError {
  const spec = rows.get(code);
  if (spec === undefined) throw new Error(`unknown error code ${code}`);
  return new FarError(code, spec, details);
}

/** Codes that belong to no module. */
export const kernelErrors = defineErrors({
  internal_error: {
    status: 500,
    type: "server_error",
    message: "Something broke on our side. The request id finds it in our logs.",
    actor: "platform",
    retryable: true,
  },
  invalid_request: {
    status: 400,
    type: "invalid_request_error",
    message: "The request is not valid.",
    actor: "caller",
    retryable: false,
  },
  not_found: {
    status: 404,
    type: "invalid_request_error",
    message: "Nothing is found here.",
    actor: "caller",
    retryable: false,
  },
  forbidden: {
    status: 403,
    type: "permission_error",
    message: "This key or session may not do that.",
    actor: "caller",
    retryable: false,
  },
});
