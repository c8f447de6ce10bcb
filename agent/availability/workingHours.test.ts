import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseWorkingHours } from "./workingHours.ts";

const at = (iso: string): number => Date.parse(iso);

describe("working hours", () => {
  it("go over midnight, and over the week's end", () => {
    const hours = parseWorkingHours(["sat 22:00-07:00"], "UTC");
    expect(hours.isOpen(at("2026-01-03T21:59:59Z"))).toBe(false);
    expect(hours.isOpen(at("2026-01-03T22:00:00Z"))).toBe(true);
    expect(hours.isOpen(at("2026-01-04T06:59:59Z"))).toBe(true);
    expect(hours.isOpen(at("2026-01-04T07:00:00Z"))).toBe(false);
    expect(hours.isOpen(at("2026-01-05T02:00:00Z"))).toBe(false);
  });

  it("know days from one to another, over Sunday too", () => {
    const hours = parseWorkingHours(["fri-mon 09:00-17:00"], "UTC");
    const open = (day: number): boolean => hours.isOpen(at(`2026-01-0${day}T12:00:00Z`));
    // 1 January 2026 is a Thursday.
    expect([1, 2, 3, 4, 5, 6, 7].filter(open)).toEqual([2, 3, 4, 5]);
  });

  it("are those of the zone, summer time included", () => {
    const hours = parseWorkingHours(["22:00-23:00"], "Europe/Oslo");
    expect(hours.isOpen(at("2026-01-15T21:30:00Z"))).toBe(true);
    expect(hours.isOpen(at("2026-07-15T21:30:00Z"))).toBe(false);
    expect(hours.isOpen(at("2026-07-15T20:30:00Z"))).toBe(true);
    expect(hours.text).toBe("22:00-23:00 (Europe/Oslo)");
  });

  it("and their complement share out the day", () => {
    const time = fc.integer({ min: 0, max: 1439 });
    const text = (m: number): string =>
      `${String(Math.floor(m / 60)).padStart(2, "0")}:${String(m % 60).padStart(2, "0")}`;
    fc.assert(
      fc.property(time, time, fc.integer({ min: 0, max: 10_079 }), (a, b, minute) => {
        fc.pre(a !== b);
        const now = at("2026-01-04T00:00:00Z") + minute * 60_000;
        const day = parseWorkingHours([`${text(a)}-${text(b)}`], "UTC").isOpen(now);
        const night = parseWorkingHours([`${text(b)}-${text(a)}`], "UTC").isOpen(now);
        expect(day).toBe(!night);
      }),
    );
  });

  it.each([
    "",
    "25:00-26:00",
    "9-17",
    "xyz 09:00-17:00",
    "mon-fri",
    "09:00-09:00",
    "24:01-25:00",
    "mon-abc 09:00-10:00",
  ])("refuses %j and says how it is written", (text) => {
    expect(() => parseWorkingHours([text], "UTC")).toThrow(/--hours .*Write for instance/);
  });

  it("refuses an unknown zone", () => {
    expect(() => parseWorkingHours(["09:00-10:00"], "Mars/Olympus")).toThrow(/--time-zone/);
  });
});
