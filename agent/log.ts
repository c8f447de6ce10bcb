/** Structured logs: one JSON object a line, fields as every part of the network writes them. */
export type LogLevel = "debug" | "info" | "warn" | "error";
export type Log = (level: LogLevel, message: string, metadata?: Record<string, unknown>) => void;

const rank: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };
/** A line longer than this is cut: an engine's error text must not fill a disk. */
const LINE_CHARS_MAX = 4096;

/**
 * A logger that writes to one sink. Callers log state changes, not attempts: nothing here repeats by itself.
 * @param write - takes a finished line without its line break; default: stderr
 * @param level - lines below it are dropped, default `info`
 */
export function createLog(
  write: (line: string) => void = (line) => void process.stderr.write(`${line}\n`),
  level: LogLevel = "info",
): Log {
  return (lineLevel, message, metadata) => {
    if (rank[lineLevel] < rank[level]) return;
    const line = JSON.stringify({
      timestamp: new Date().toISOString(),
      level: lineLevel,
      service: "agent",
      message,
      ...(metadata ? { metadata } : {}),
    });
    write(line.length <= LINE_CHARS_MAX ? line : `${line.slice(0, LINE_CHARS_MAX)}…`);
  };
}

/** Drops every line: for callers that log themselves. */
export const noLog: Log = () => undefined;
