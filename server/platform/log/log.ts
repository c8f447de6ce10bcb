import { type DestinationStream, pino } from "pino";
import { scrub, scrubText } from "./scrub.ts";

/** Fields beside the message. `userId`, `traceId` and `spanId` stand on the line itself, everything else under `metadata`, errors under `err` or `error`. */
export type LogFields = Record<string, unknown>;
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Structured log of one service. A line never holds a key, a token, a signature or a prompt. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** The same, by its shorter name. */
export type Log = Logger;

export interface LogOptions {
  service: string;
  level?: LogLevel;
  /** Where lines go; standard output, buffered, by default. */
  destination?: DestinationStream;
}

function lineOf(fields: LogFields): LogFields {
  const { userId, traceId, spanId, err, ...rest } = fields;
  const line: LogFields = {};
  if (userId !== undefined) line.userId = userId;
  if (traceId !== undefined) line.traceId = traceId;
  if (spanId !== undefined) line.spanId = spanId;
  const metadata = err === undefined ? rest : { ...rest, error: err };
  if (Object.keys(metadata).length > 0) line.metadata = scrub(metadata);
  return line;
}

/** One JSON line per call: `timestamp, level, service, traceId, spanId, userId, message, metadata`. */
export function createLog({ service, level = "info", destination }: LogOptions): Logger {
  const logger = pino(
    {
      level,
      base: { service },
      messageKey: "message",
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination ?? pino.destination({ fd: 1, sync: false, minLength: 0 }),
  );
  const at =
    (name: LogLevel) =>
    (message: string, fields?: LogFields): void => {
      if (!logger.isLevelEnabled(name)) return;
      logger[name](fields === undefined ? {} : lineOf(fields), scrubText(message));
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** For tests: keeps nothing. */
export const noLog: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
