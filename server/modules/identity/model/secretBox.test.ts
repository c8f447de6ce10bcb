import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { deriveKey, openBox, sealBox } from "./secretBox.ts";

const key = randomBytes(32);

it("opens what it sealed, under the same key and context only", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.string(), (bytes, context) => {
      const plain = Buffer.from(bytes);
      const box = sealBox(key, plain, context);
      expect(openBox(key, box, context).equals(plain)).toBe(true);
      expect(() => openBox(randomBytes(32), box, context)).toThrow();
      expect(() => openBox(key, box, `${context}.`)).toThrow();
    }),
    { numRuns: 50 },
  );
});

it("tells any changed byte", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (bytes, at, flip) => {
        const box = sealBox(key, Buffer.from(bytes), "a");
        const i = at % box.length;
        box[i] = (box[i] ?? 0) ^ flip;
        expect(() => openBox(key, box, "a")).toThrow();
      },
    ),
    { numRuns: 50 },
  );
});

it("derives another key for each purpose and secret", () => {
  const keys = [deriveKey("a", "x"), deriveKey("a", "y"), deriveKey("b", "x")].map((k) => k.toString("hex"));
  expect(new Set(keys).size).toBe(3);
  expect(deriveKey("a", "x").toString("hex")).toBe(keys[0]);
});
