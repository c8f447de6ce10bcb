import { isFarApiError } from "@farlabs/sdk";

/** What a shell script can tell apart; `far help exit-codes` prints this table. */
export const EXIT_CODES = {
  ok: { code: 0, means: "done" },
  failed: { code: 1, means: "it failed; the message says why" },
  usage: { code: 2, means: "the command line is wrong" },
  credentials: { code: 3, means: "not signed in, or not allowed (401, 403)" },
  notFound: { code: 4, means: "no such thing (404)" },
  funds: { code: 5, means: "the balance is too small (402)" },
  busy: { code: 6, means: "try again later (429, 503, 504)" },
  unreachable: { code: 7, means: "the network does not answer, or does not run" },
  conflict: { code: 8, means: "something is in the way: a taken port, a network that already runs" },
  interrupted: { code: 130, means: "Ctrl-C" },
} as const;
export type ExitName = keyof typeof EXIT_CODES;

const brand = Symbol.for("farlabs.cli-error");

/** An error with a sentence for a person, a code for a script, and a hint at what to do. */
export class CliError extends Error {
  readonly [brand] = true;
  readonly code: string;
  readonly exit: ExitName;
  readonly hint: string | undefined;

  constructor(exit: ExitName, code: string, details: { message: string; hint?: string; cause?: unknown }) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "CliError";
    this.code = code;
    this.exit = exit;
    this.hint = details.hint;
  }
}

/** Recognised by marker, so that two copies of this file still agree. */
export const isCliError = (e: unknown): e is CliError =>
  typeof e === "object" && e !== null && (e as Record<symbol, unknown>)[brand] === true;

const EXIT_OF_STATUS: Readonly<Record<number, ExitName>> = {
  401: "credentials",
  403: "credentials",
  402: "funds",
  404: "notFound",
  429: "busy",
  503: "busy",
  504: "busy",
};

const chainBrand = Symbol.for("farlabs.chain.error");

/** By its marker: importing the chain's clients would cost every command their loading. */
const isChainRetryable = (e: unknown): boolean =>
  typeof e === "object" && e !== null && chainBrand in e && "retryable" in e && e.retryable === true;

/** The exit a command ends with after `error`. */
export function exitOf(error: unknown): ExitName {
  if (isCliError(error)) return error.exit;
  if (isChainRetryable(error)) return "unreachable";
  if (!isFarApiError(error)) return "failed";
  if (error.code === "aborted") return "interrupted";
  if (error.code === "connection_failed" && error.status === 0) return "unreachable";
  if (error.code === "insecure_url" || error.code === "invalid_url") return "usage";
  return EXIT_OF_STATUS[error.status] ?? "failed";
}
