import { expect, it } from "vitest";
import * as door from "./index.ts";

it("exports what it promises, and nothing else", () => {
  expect(Object.keys(door).sort()).toEqual(["FarApiError", "createClient", "isFarApiError", "isLoopback"]);
});
