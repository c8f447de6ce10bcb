/** What the doctor found out about one thing. `remedy` is there wherever the operator can act. */
export interface Finding {
  /** Stable, for scripts: `gpu`, `engine`, `clock` … */
  check: string;
  status: "ok" | "warn" | "fail";
  /** What was seen, with figures. */
  detail: string;
  remedy?: string;
}

export const ok = (check: string, detail: string): Finding => ({ check, status: "ok", detail });
export const warn = (check: string, detail: string, remedy: string): Finding => ({
  check,
  status: "warn",
  detail,
  remedy,
});
export const fail = (check: string, detail: string, remedy: string): Finding => ({
  check,
  status: "fail",
  detail,
  remedy,
});

/** The last reason of an error, which for a failed fetch lies in its cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 200);
  return (error.cause instanceof Error ? error.cause.message || error.message : error.message).slice(0, 200);
}
