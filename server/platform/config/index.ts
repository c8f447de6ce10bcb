export { ConfigError, readConfig } from "./config.ts";
