import { expect, test } from "vitest";
import { processConfig } from "./config.ts";

test.each([
  ["postgres://u:p@127.0.0.1:5432/far", true],
  ["postgres://u:p@localhost/far", true],
  ["postgres://u:p@10.0.0.7/far?sslmode=require", true],
  ["postgres://u:p@10.0.0.7/far", false],
  ["mysql://u:p@127.0.0.1/far", false],
])("%s is accepted: %s", (DATABASE_URL, accepted) => {
  expect(processConfig.safeParse({ DATABASE_URL }).success).toBe(accepted);
});

test("a plain database elsewhere is accepted when a person says so", () => {
  expect(
    processConfig.safeParse({ DATABASE_URL: "postgres://u:p@10.0.0.7/far", ALLOW_PLAIN_BACKENDS: "1" }).success,
  ).toBe(true);
});
