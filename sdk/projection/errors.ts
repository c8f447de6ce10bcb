const brand = Symbol.for("farlabs.projection-error");

/** What a calculator refuses. */
export type ProjectionErrorCode =
  /** Below 1 wei or above the supply. */
  | "amount_out_of_bounds"
  /** Not a whole number, or outside of the calculator's period. */
  | "period_out_of_bounds"
  /** No such revenue stream. */
  | "unknown_stream"
  /** The same stream twice. */
  | "stream_repeated"
  /** A lock that the contract does not have. */
  | "unknown_lock"
  /** Realised figures that cannot be: negative, or over no time. */
  | "history_invalid"
  /** A price that is not positive. */
  | "rate_out_of_bounds";

/** Thrown by the calculators; recognise it with {@link isProjectionError}. */
export class ProjectionError extends Error {
  readonly [brand] = true;
  readonly code: ProjectionErrorCode;

  constructor(code: ProjectionErrorCode, message: string) {
    super(message);
    this.name = "ProjectionError";
    this.code = code;
  }
}

/** True for an error of a calculator, whichever copy of this package made it. */
export const isProjectionError = (e: unknown): e is ProjectionError =>
  typeof e === "object" && e !== null && (e as Record<symbol, unknown>)[brand] === true;
