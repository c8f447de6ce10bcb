export { logConfig } from "./config.ts";
export { createLog, type Logger, type LogFields, type LogLevel, type LogOptions, noLog } from "./log.ts";
