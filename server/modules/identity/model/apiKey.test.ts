import fc from "fast-check";
import { expect, it } from "vitest";
import { isApiKey, newApiKey } from "./apiKey.ts";

const mode = fc.constantFrom("live" as const, "test" as const);

it("makes keys of the documented shape, each another", () => {
  fc.assert(
    fc.property(mode, (m) => {
      const key = newApiKey(m);
      expect(key).toMatch(new RegExp(`^far_${m}_[0-9A-Za-z]{38}$`));
      expect(isApiKey(key)).toBe(true);
      expect(newApiKey(m)).not.toBe(key);
    }),
  );
});

it("tells any single wrong character, and any two swapped", () => {
  const at = fc.integer({ min: 0, max: 37 });
  const character = fc.constantFrom(..."0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
  fc.assert(
    fc.property(mode, at, at, character, (m, i, j, c) => {
      const key = newApiKey(m);
      const [a, b] = [9 + i, 9 + j];
      const typo = key.slice(0, a) + c + key.slice(a + 1);
      expect(isApiKey(typo)).toBe(typo === key);
      const letters = [...key];
      [letters[a], letters[b]] = [letters[b] ?? "", letters[a] ?? ""];
      const swapped = letters.join("");
      // A swap is up to two far errors, which CRC-32 tells in all but one case of 2³².
      expect(isApiKey(swapped)).toBe(swapped === key);
    }),
  );
});

it("takes nothing else for a key", () => {
  fc.assert(fc.property(fc.string(), (text) => !isApiKey(text)));
  const key = newApiKey("live");
  for (const other of [
    `${key} `,
    ` ${key}`,
    `${key}\n`,
    key.slice(1),
    key.replace("live", "test"),
    key.toUpperCase(),
  ]) {
    expect(isApiKey(other)).toBe(false);
  }
});
