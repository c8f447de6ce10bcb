import { expect, it } from "vitest";
import * as door from "./index.ts";

it("exports what it promises, and nothing else", () => {
  expect(Object.keys(door).sort()).toEqual([
    "FarApiError",
    "LOCK_WEIGHT_BPS",
    "ProjectionError",
    "REVENUE_STREAMS",
    "STREAM_ASSUMPTIONS",
    "createClient",
    "isFarApiError",
    "isLoopback",
    "isProjectionError",
    "projectRevenue",
    "projectStaking",
    "realisedOf",
    "toMicroUsd",
  ]);
});
