import { expect, test } from "vitest";
import { z } from "zod";
import { type ConfigError, readConfig } from "./config.ts";

const slices = {
  a: z.object({ PORT: z.coerce.number().int().default(1) }),
  b: z.object({ URL: z.url(), NAME: z.string() }),
};

test("each slice gets its own settings, frozen, with defaults", () => {
  const config = readConfig(slices, { URL: "http://x", NAME: "n", OTHER: "ignored" });
  expect(config).toEqual({ a: { PORT: 1 }, b: { URL: "http://x", NAME: "n" } });
  expect(Object.isFrozen(config.b)).toBe(true);
});

test("every problem is reported together", () => {
  try {
    readConfig(slices, { PORT: "x", URL: "", NAME: undefined });
    expect.unreachable();
  } catch (error) {
    expect((error as ConfigError).problems.map((p) => p.split(":")[0]).sort()).toEqual(["NAME", "PORT", "URL"]);
  }
});
