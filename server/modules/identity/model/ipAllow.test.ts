import { expect, it } from "vitest";
import { ipAllow } from "./ipAllow.ts";

it("allows everything without a list", () => {
  expect(ipAllow(null)).toBeNull();
});

it.each([
  ["203.0.113.7", true],
  ["::ffff:203.0.113.7", true],
  ["203.0.113.8", false],
  ["10.1.255.255", true],
  ["10.2.0.0", false],
  ["2001:db8::1", true],
  ["2001:db9::1", false],
  ["::1", false],
  ["not an address", false],
  ["", false],
])("%s → %s", (ip, expected) => {
  const allow = ipAllow(["203.0.113.7", "10.1.0.0/16", "2001:db8::/32"]);
  expect(allow?.(ip)).toBe(expected);
});
