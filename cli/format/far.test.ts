import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatFar, parseFar } from "./far.ts";

describe("amounts of FAR", () => {
  it("come back as they were, to the last wei", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 28n - 1n }), (amountWei) => {
        return parseFar(formatFar(amountWei, 18).replaceAll(",", "")) === amountWei;
      }),
    );
  });

  it("never show more than is there", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 10n ** 12n, max: 10n ** 27n }), (amountWei) => {
        return parseFar(formatFar(amountWei, 6).replaceAll(",", "")) <= amountWei;
      }),
    );
    expect(formatFar(1_999_999_999_999_999_999n)).toBe("1.999999");
    expect(formatFar(1n)).toBe("<0.000001");
    expect(formatFar(-1_234_500_000_000_000_000_000n)).toBe("-1,234.5");
    expect(formatFar(0n)).toBe("0");
  });

  it.each(["", "-1", "1.", ".5", "1e3", "0x1", "1,000", "1.0000000000000000001", "12345678901", " 1"])(
    "refuse %j",
    (text) => {
      expect(() => parseFar(text)).toThrow(/not an amount/);
    },
  );
});
