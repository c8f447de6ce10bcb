import { execFile } from "node:child_process";

/** How a program ended, and what it wrote. */
export type Ended = { readonly code: number; readonly out: string; readonly err: string };

/** Runs a program of this package as a person would, without a terminal. */
export function runScript(script: URL, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script.pathname, ...args], { timeout: 60_000 }, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, out, err });
    });
  });
}
