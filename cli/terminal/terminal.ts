/** Where a command talks to a person or a script: results go to `out`, everything about the work itself to `note`. */
export interface Terminal {
  /** A line of the result, on stdout. */
  out(line: string): void;
  /** A piece of the result without a line end, on stdout. */
  write(text: string): void;
  /** A line about the work: progress, hints, totals. On stderr, so that pipes stay clean. */
  note(line: string): void;
  /** Rewrites the last line of stderr; only where {@link Terminal.isLive}. */
  status(line: string): void;
  /** stdout and stdin are a person. */
  isInteractive: boolean;
  /** stderr can rewrite its last line. */
  isLive: boolean;
  columns: number;
  /** Styles for stdout and for stderr; plain where the stream is not a terminal or NO_COLOR is set. */
  style: Style;
  noteStyle: Style;
}

export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

const wrap =
  (open: number, close: number) =>
  (text: string): string =>
    `\u001b[${open}m${text}\u001b[${close}m`;
const plain = (text: string): string => text;

export const colours: Style = {
  bold: wrap(1, 22),
  dim: wrap(2, 22),
  red: wrap(31, 39),
  green: wrap(32, 39),
  yellow: wrap(33, 39),
  cyan: wrap(36, 39),
};
export const noColours: Style = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain };

/** The process's own terminal. */
export function createTerminal(options: { isColourAllowed: boolean }): Terminal {
  const { stdout, stderr, stdin } = process;
  const styleFor = (stream: { isTTY?: boolean | undefined }): Style =>
    options.isColourAllowed && stream.isTTY ? colours : noColours;
  let isStatusShown = false;
  const clearStatus = (): void => {
    if (isStatusShown) stderr.write("\r\u001b[K");
    isStatusShown = false;
  };
  return {
    out: (line) => void stdout.write(`${line}\n`),
    write: (text) => void stdout.write(text),
    note: (line) => {
      clearStatus();
      stderr.write(`${line}\n`);
    },
    status: (line) => {
      stderr.write(`\r\u001b[K${line}`);
      isStatusShown = true;
    },
    isInteractive: stdout.isTTY === true && stdin.isTTY === true,
    isLive: stderr.isTTY === true,
    columns: stdout.columns ?? 100,
    style: styleFor(stdout),
    noteStyle: styleFor(stderr),
  };
}
