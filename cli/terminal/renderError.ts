import { isFarApiError } from "@farlabs/sdk";
import { EXIT_CODES, exitOf, isCliError } from "../errors.ts";
import { printable } from "./hostile.ts";
import type { Style } from "./terminal.ts";

const HINTS: Readonly<Record<string, string>> = {
  connection_failed: "Does the network run? Start one with `far up`, or name one with --url.",
  missing_credentials: "Sign in with `far login`, or pass --key or FAR_API_KEY.",
  insufficient_funds: "Add FAR with `far deposit N`; `far balance` shows what is there.",
  insecure_url: "Use https:, or reach it through a tunnel on this machine.",
  insufficient_scope:
    "Use a key that has it (`far keys create NAME --scope S`), or sign in with a wallet: `far login`.",
};

interface Shown {
  code: string;
  message: string;
  hint: string | undefined;
  requestId: string | null;
  param: string | null;
  docUrl: string | null;
  retryAfterS: number | null;
}

/** What came over the wire is not trusted to move the cursor. */
const printableFields = (shown: Shown): Shown => ({
  ...shown,
  code: printable(shown.code),
  message: printable(shown.message),
  requestId: shown.requestId === null ? null : printable(shown.requestId),
  param: shown.param === null ? null : printable(shown.param),
  docUrl: shown.docUrl === null ? null : printable(shown.docUrl),
});

function shownOf(error: unknown): Shown {
  const nothing = { requestId: null, param: null, docUrl: null, retryAfterS: null };
  if (isFarApiError(error)) {
    const { code, message, requestId, param, docUrl, retryAfterS } = error;
    return { code, message, hint: HINTS[code], requestId, param, docUrl, retryAfterS };
  }
  if (isCliError(error)) return { ...nothing, code: error.code, message: error.message, hint: error.hint };
  const coded = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unexpected";
  const message = error instanceof Error ? error.message : String(error);
  return { ...nothing, code: coded, message, hint: undefined };
}

/** An error as lines for a person: sentence, code, what to do, and what finds it again. */
export function renderError(error: unknown, style: Style): string[] {
  const shown = printableFields(shownOf(error));
  const about = [
    shown.param === null ? null : `field ${shown.param}`,
    shown.retryAfterS === null ? null : `try again in ${Math.ceil(shown.retryAfterS)} s`,
    shown.requestId === null ? null : `request ${shown.requestId}`,
    shown.docUrl,
  ].filter((part) => part !== null);
  const lines = [`${style.red("error:")} ${shown.message} ${style.dim(`(${shown.code})`)}`];
  if (about.length > 0) lines.push(style.dim(`  ${about.join(" · ")}`));
  if (shown.hint !== undefined) lines.push(`  ${shown.hint}`);
  return lines;
}

/** The same for `--json`. */
export function errorJson(error: unknown): Record<string, unknown> {
  const { code, message, hint, requestId, param, docUrl, retryAfterS } = shownOf(error);
  return {
    error: {
      code,
      message,
      param,
      hint: hint ?? null,
      request_id: requestId,
      doc_url: docUrl,
      retry_after: retryAfterS,
    },
    exit: EXIT_CODES[exitOf(error)].code,
  };
}
