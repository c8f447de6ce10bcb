export { createOutbox, type OutboxDeps } from "./create.ts";
export type { Outbox, OutboxEvent, OutboxHandler } from "./outbox.ts";
