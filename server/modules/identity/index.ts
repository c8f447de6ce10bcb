export type { Identity, Principal, Session } from "./identity.ts";
