export type { IdempotencyState, RouteArea, StoredAnswer } from "./http.ts";
