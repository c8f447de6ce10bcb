/** For tests only; needs Vitest. */
export { type TestDatabase, testDatabase } from "./database.ts";
export { freePort } from "./free-port.ts";
export { tempDir } from "./temp-dir.ts";
