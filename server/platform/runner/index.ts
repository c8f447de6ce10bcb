export { createRunner, type Runner } from "./runner.ts";
