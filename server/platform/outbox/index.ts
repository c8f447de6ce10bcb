export type { Outbox, OutboxEvent, OutboxHandler } from "./outbox.ts";
