export { logConfig } from "./config.ts";
export { createLog, type Log, type LogFields, type Logger, type LogLevel, type LogOptions, noLog } from "./log.ts";
