import { FarApiError } from "@farlabs/sdk";
import { expect, it } from "vitest";
import { CliError, EXIT_CODES, exitOf } from "../errors.ts";
import { renderError } from "./renderError.ts";
import { noColours } from "./terminal.ts";

it("says the sentence, the code, the field, the request, the page and what to do", () => {
  const error = new FarApiError({
    ...{ code: "insufficient_funds", message: "The balance is too small.", status: 402, param: "max_tokens" },
    ...{ requestId: "req_7", docUrl: "https://far.example/docs/errors/insufficient_funds", retryAfterS: 1.2 },
  });
  expect(renderError(error, noColours)).toEqual([
    "error: The balance is too small. (insufficient_funds)",
    "  field max_tokens · try again in 2 s · request req_7 · https://far.example/docs/errors/insufficient_funds",
    "  Add FAR with `far deposit N`; `far balance` shows what is there.",
  ]);
});

it("does not let a server or node move the cursor", () => {
  const error = new FarApiError({ code: "x", message: "a\u001b[2Jb\u0007c\u202e", status: 500 });
  expect(renderError(error, noColours)).toEqual(["error: a\ufffd[2Jb\ufffdc\ufffd (x)"]);
});

it("ends with the code a script expects", () => {
  const api = (status: number, code = "c") => EXIT_CODES[exitOf(new FarApiError({ code, message: "", status }))].code;
  expect([401, 403, 402, 404, 429, 503, 504, 500, 400].map((s) => api(s))).toEqual([3, 3, 5, 4, 6, 6, 6, 1, 1]);
  expect(api(0, "connection_failed")).toBe(7);
  expect(api(0, "aborted")).toBe(130);
  expect(api(0, "insecure_url")).toBe(2);
  expect(exitOf(new CliError("conflict", "port_taken", { message: "" }))).toBe("conflict");
  expect(exitOf(new Error("any"))).toBe("failed");
});
