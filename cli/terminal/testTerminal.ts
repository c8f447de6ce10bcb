import { noColours, type Terminal } from "./terminal.ts";

/** A terminal that remembers, for tests. */
export function testTerminal(): Terminal & { stdout(): string; stderr(): string } {
  let out = "";
  let err = "";
  return {
    out: (line) => {
      out += `${line}\n`;
    },
    write: (text) => {
      out += text;
    },
    note: (line) => {
      err += `${line}\n`;
    },
    status: () => undefined,
    isInteractive: false,
    isLive: false,
    columns: 100,
    style: noColours,
    noteStyle: noColours,
    stdout: () => out,
    stderr: () => err,
  };
}
