export { type IdentityConfig, identityConfig } from "./config.ts";
export { createIdentity } from "./createIdentity.ts";
export type { IdentityDeps } from "./deps.ts";
export { identityErrors } from "./errors.ts";
export { type AuthAreaDeps, authArea, jwksArea } from "./http/auth.ts";
export { userArea } from "./http/user.ts";
export type { Identity, NewKey, PageOptions, Preferences, Principal, Session, SessionInfo } from "./identity.ts";
